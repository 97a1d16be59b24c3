#include "trireme/cloud/deploy/lock.h"

#include <unistd.h>
#include <csignal>
#include <ctime>

#include "trireme/core/environment.h"
#include "trireme/core/log.h"
#include "trireme/core/process.h"

namespace trireme::cloud {

namespace {

constexpr Seconds kRace{10};  // a few calls to AWS

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

std::string name_of(const Json& owner) {
  return format("process {} on {}", owner.value("process", 0), owner.value("host", "?"));
}

int64_t age_of(const Json& owner) { return now_utc() - owner.value("renewed", int64_t{0}); }

void refuse(const Json& owner) {
  throw ConfigError(
      format("{} deploys this cluster, and was alive {} s ago\n  next: wait for it; a lock that is {} s old is taken "
             "over",
             name_of(owner), age_of(owner), DeployLock::kLease.count()));
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
    return is_mine(owner_now());  // by a try whose answer was lost
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
  if (!is_dead_neighbour(owner) && age_of(owner) < static_cast<int64_t>(kLease.count())) refuse(owner);
  overwrite(owner_);
  const int64_t next = found->at("Parameter").at("Version").get<int64_t>() + 1;
  const auto first = aws_.find("ssm", "get-parameter", {{"Name", format("{}:{}", name_, next)}});
  const std::string value = first ? first->at("Parameter").at("Value").get<std::string>() : owner_;
  if (value == owner_) return true;
  overwrite(value);
  refuse(owner_in(value));
  return false;
}

Json DeployLock::owner_now() const {
  const auto found = aws_.find("ssm", "get-parameter", {{"Name", name_}});
  return found ? owner_in(found->at("Parameter").at("Value")) : Json::object();
}

bool DeployLock::is_mine(const Json& owner) const { return is_same_process(owner, owner_in(owner_)); }

void DeployLock::check() const {
  Json owner = owner_now();
  // Who lost a race for the lock gives it back at once.
  for (const Stopwatch looking; !owner.empty() && !is_mine(owner) && looking.seconds() < kRace.count();
       owner = owner_now()) {
    aws_.wait();
  }
  if (!is_mine(owner)) {
    throw ConfigError(
        format("{}: this deployment stops, for its lock is no longer its own\n  next: wait for the other one, then run "
               "the same command again",
               owner.empty() ? "another deployment of this cluster may run now"
                             : name_of(owner) + " deploys this cluster now"));
  }
  if (age_of(owner) >= static_cast<int64_t>(kLease.count())) overwrite(owner_here().dump());
}

void DeployLock::renew() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kLease / 5, [this] { return stop_; })) {
    try {
      if (is_mine(owner_now())) {
        overwrite(owner_here().dump());
      } else {
        log_warning("the deployment's lock is no longer its own: it stops before its next change");
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
    if (is_mine(owner_now())) aws_.find("ssm", "delete-parameter", {{"Name", name_}});
  } catch (const std::exception& error) {
    log_warning(format("the deployment's lock stays behind: {}", error.what()));
  }
}

}  // namespace trireme::cloud
