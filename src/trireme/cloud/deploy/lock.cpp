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

Json owner_here() {
  return {{"host", host_name()}, {"process", ::getpid()}, {"start", start_of(::getpid())}, {"renewed", now_utc()}};
}

bool is_dead_neighbour(const Json& owner) {
  return owner.value("host", "") == host_name() && owner.value("start", "?") != start_of(owner.value("process", 0));
}

}  // namespace

DeployLock::DeployLock(const Aws& aws, const std::string& cluster)
    : aws_(aws), name_("/trireme/" + cluster + "/lock"), owner_(owner_here().dump()) {
  if (!try_create()) take_over_or_refuse();
  renewal_ = std::thread([this] { renew(); });
}

bool DeployLock::try_create() const {
  try {
    aws_.call("ssm", "put-parameter", {{"Name", name_}, {"Value", owner_}, {"Type", "String"}, {"Overwrite", false}});
    return true;
  } catch (const AwsError& error) {
    if (error.cause() != "ParameterAlreadyExists") throw;
    return false;
  }
}

void DeployLock::take_over_or_refuse() {
  const auto found = aws_.find("ssm", "get-parameter", {{"Name", name_}});
  if (!found) {
    if (!try_create()) throw ConfigError("another deployment began at this moment; run the command again");
    return;
  }
  const std::string value = found->at("Parameter").at("Value");
  const Json owner = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  const bool readable = owner.is_object();
  const int64_t age = readable ? now_utc() - owner.value("renewed", int64_t{0}) : 0;
  // An owner's own retry, whose first answer was lost, finds itself.
  if (value == owner_) return;
  if (readable && !is_dead_neighbour(owner) && age < static_cast<int64_t>(kLease.count())) {
    throw ConfigError(
        format("process {} on {} deploys this cluster, and was alive {} s ago\n  next: wait for it; a lock "
               "that is {} s old is taken over",
               owner.value("process", 0), owner.value("host", "?"), age, kLease.count()));
  }
  aws_.call("ssm", "put-parameter", {{"Name", name_}, {"Value", owner_}, {"Type", "String"}, {"Overwrite", true}});
  aws_.wait();  // two may take over at once: the last word stands
  const Json after = aws_.call("ssm", "get-parameter", {{"Name", name_}});
  if (after.at("Parameter").at("Value") != owner_)
    throw ConfigError("another deployment took the lock over at this moment");
}

void DeployLock::renew() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kLease / 5, [this] { return stop_; })) {
    try {
      aws_.call("ssm", "put-parameter",
                {{"Name", name_}, {"Value", owner_here().dump()}, {"Type", "String"}, {"Overwrite", true}});
    } catch (const Error& error) {
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
  if (renewal_.joinable()) renewal_.join();
  try {
    aws_.call("ssm", "delete-parameter", {{"Name", name_}});
  } catch (const Error& error) {
    log_warning(format("the deployment's lock stays behind: {}", error.what()));
  }
}

}  // namespace trireme::cloud
