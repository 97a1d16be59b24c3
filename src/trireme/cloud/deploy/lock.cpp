#include "trireme/cloud/deploy/lock.h"

#include <unistd.h>
#include <csignal>
#include <ctime>

#include "trireme/core/environment.h"
#include "trireme/core/log.h"

namespace trireme::cloud {

namespace {

int64_t now_utc() { return static_cast<int64_t>(std::time(nullptr)); }

/// Start of a process in clock ticks after boot: tells a process from a later one with its number. "" without one.
std::string start_of(pid_t pid) {
  try {
    const std::string stat = read_file(format("/proc/{}/stat", pid));
    std::string_view rest = std::string_view(stat).substr(stat.rfind(')') + 2);
    for (int field = 3; field < 22; ++field) rest.remove_prefix(rest.find(' ') + 1);
    return std::string(rest.substr(0, rest.find(' ')));
  } catch (const IoError&) {
    return "";
  }
}

/// Where process numbers mean something: this boot of this kernel, and the namespace of a container.
std::string process_space() {
  std::error_code none;
  const std::string boot = read_file("/proc/sys/kernel/random/boot_id");
  return boot.substr(0, boot.find('\n')) + " " + fs::read_symlink("/proc/self/ns/pid", none).string();
}

Json owner_here() {
  return {{"host", host_name()},
          {"space", process_space()},
          {"process", ::getpid()},
          {"start", start_of(::getpid())},
          {"renewed", now_utc()}};
}

bool is_same_process(const Json& one, const Json& other) {
  return one.value("space", "") == other.value("space", "?") && one.value("process", 0) == other.value("process", 0) &&
         one.value("start", "") == other.value("start", "?");
}

bool is_dead_neighbour(const Json& owner) {
  return owner.value("space", "") == process_space() &&
         owner.value("start", "?") != start_of(owner.value("process", 0));
}

/// {} for what this program did not write.
Json owner_in(const std::string& value) {
  const Json owner = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  return owner.is_object() ? owner : Json::object();
}

void refuse(const Json& owner) {
  const int64_t age = now_utc() - owner.value("renewed", int64_t{0});
  throw ConfigError(
      format("process {} on {} deploys this cluster, and was alive {} s ago\n  next: wait for it; a lock "
             "that is {} s old is taken over",
             owner.value("process", 0), owner.value("host", "?"), age, DeployLock::kLease.count()));
}

}  // namespace

DeployLock::DeployLock(const Aws& aws, const std::string& cluster)
    : aws_(aws), name_("/trireme/" + cluster + "/lock"), owner_(owner_here().dump()) {
  if (!try_create() && !try_take() && !try_create()) {
    throw ConfigError("another deployment of this cluster began at this moment\n  next: run the command again");
  }
  renewal_ = std::thread([this] { renew(); });
}

bool DeployLock::try_create() const {
  try {
    aws_.call("ssm", "put-parameter", {{"Name", name_}, {"Value", owner_}, {"Type", "String"}, {"Overwrite", false}});
    return true;
  } catch (const AwsError& error) {
    if (error.cause() != "ParameterAlreadyExists") throw;
    return is_mine();  // by a try whose answer was lost
  }
}

void DeployLock::overwrite(const std::string& value) const {
  aws_.call("ssm", "put-parameter", {{"Name", name_}, {"Value", value}, {"Type", "String"}, {"Overwrite", true}});
}

/// False when the lock was given up meanwhile.
bool DeployLock::try_take() const {
  const auto found = aws_.find("ssm", "get-parameter", {{"Name", name_}});
  if (!found) return false;
  const Json owner = owner_in(found->at("Parameter").at("Value"));
  const int64_t age = now_utc() - owner.value("renewed", int64_t{0});
  if (!is_dead_neighbour(owner) && age < static_cast<int64_t>(kLease.count())) refuse(owner);
  overwrite(owner_);
  const int64_t next = found->at("Parameter").at("Version").get<int64_t>() + 1;
  const auto first = aws_.find("ssm", "get-parameter", {{"Name", format("{}:{}", name_, next)}});
  const std::string value = first ? first->at("Parameter").at("Value").get<std::string>() : owner_;
  if (value == owner_) return true;
  overwrite(value);
  refuse(owner_in(value));
  return false;
}

bool DeployLock::is_mine() const {
  const auto found = aws_.find("ssm", "get-parameter", {{"Name", name_}});
  return found && is_same_process(owner_in(found->at("Parameter").at("Value")), owner_in(owner_));
}

void DeployLock::renew() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kLease / 5, [this] { return stop_; })) {
    try {
      if (is_mine()) {
        overwrite(owner_here().dump());
      } else {
        log_warning("the deployment's lock is gone: another deployment may run beside this one");
      }
    } catch (const std::exception& error) {
      log_warning(format("the deployment's lock could not be renewed: {}", error.what()));
    }
  }
}

DeployLock::~DeployLock() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  renewal_.join();
  try {
    if (is_mine()) aws_.find("ssm", "delete-parameter", {{"Name", name_}});
  } catch (const std::exception& error) {
    log_warning(format("the deployment's lock stays behind: {}", error.what()));
  }
}

}  // namespace trireme::cloud
