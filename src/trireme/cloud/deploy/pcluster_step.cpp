#include "trireme/cloud/deploy/pcluster_step.h"

#include "trireme/cloud/deploy/failure.h"
#include "trireme/cloud/deploy/templates.h"

namespace trireme::cloud {

namespace {

bool says(const AwsError& error, const char* words) {
  return std::string(error.what()).find(words) != std::string::npos;
}

}  // namespace

PclusterStatus PclusterStep::status() const {
  try {
    const Json answer = aws_.pcluster("describe-cluster", named());
    const Json head = answer.value("headNode", Json::object());
    PclusterStatus status{.status = answer.at("clusterStatus"),
                          .stack_status = answer.value("cloudFormationStackStatus", ""),
                          .changed = answer.value("lastUpdatedTime", ""),
                          .head_node = head.value("instanceId", "")};
    return status.status == "DELETE_COMPLETE" ? PclusterStatus{} : status;
  } catch (const AwsError& error) {
    if (says(error, "does not exist")) return {};
    throw;
  }
}

PclusterStatus PclusterStep::wait_until_settled() const {
  PclusterStatus now = status();
  while (now.is_busy()) {
    aws_.wait();
    now = status();
  }
  return now;
}

std::string PclusterStep::plan(const SynthFile& configuration) const {
  if (!status().exists()) return "create the cluster";
  std::vector<std::string> words = named();
  words.insert(words.end(), {"--dryrun", "true"});
  try {
    aws_.pcluster_with("update-cluster", words, resolve_placeholders(aws_, configuration));
  } catch (const AwsError& error) {
    if (says(error, "No changes found")) return "";
    if (!says(error, "Request would have succeeded")) throw;
  }
  return "update the cluster";
}

void PclusterStep::fail(const PclusterStatus& now) const {
  const std::string cause = first_cause(aws_, name_);
  throw AwsError("ClusterFailed", format("{} ended in {}: {}", name_, now.exists() ? now.status : "nothing",
                                         cause.empty() ? "its events do not tell why" : cause));
}

/// Waits for what runs, then clears away what a failed creation, deletion or roll-back left.
PclusterStatus PclusterStep::settle(const DeployLock& lock) const {
  PclusterStatus now = wait_until_settled();
  if (now.status == "CREATE_FAILED" || now.status == "DELETE_FAILED") {
    say("an earlier try ended in " + now.status + ": deleting what it left");
    remove(lock);
    return {};
  }
  if (now.stack_status != "UPDATE_ROLLBACK_FAILED") return now;
  say("an earlier update ended in " + now.stack_status + ": continuing its roll-back");
  lock.check();
  continue_rollback(aws_, name_);
  now = wait_until_settled();
  if (now.stack_status == "UPDATE_ROLLBACK_FAILED") fail(now);
  return now;
}

void PclusterStep::apply(const SynthFile& configuration, const DeployLock& lock) const {
  const PclusterStatus before = settle(lock);
  const bool exists = before.exists();
  say(exists ? "comparing" : "creating");
  bool asked = true;
  lock.check();
  try {
    aws_.pcluster_with(exists ? "update-cluster" : "create-cluster", named(),
                       resolve_placeholders(aws_, configuration));
  } catch (const AwsError& error) {
    // A try whose answer was lost may have done it: then the next one is refused.
    const PclusterStatus now = status();
    if (!now.is_busy() && !(exists ? says(error, "No changes found") : now.exists())) throw;
    asked = false;
  }
  const PclusterStatus after = wait_until_settled();
  if (exists && !asked && after.changed == before.changed) return say("is as described");
  if (after.status != (exists ? "UPDATE_COMPLETE" : "CREATE_COMPLETE")) fail(after);
  say(exists ? "updated" : "created");
}

void PclusterStep::remove(const DeployLock& lock) const {
  if (!wait_until_settled().exists()) return say("is not there");
  say("deleting");
  lock.check();
  try {
    aws_.pcluster("delete-cluster", named());
  } catch (const AwsError&) {  // fine if a try whose answer was lost started it
    const PclusterStatus now = status();
    if (now.exists() && !now.is_busy()) throw;
  }
  const PclusterStatus after = wait_until_settled();
  if (after.exists()) fail(after);
  say("deleted");
}

}  // namespace trireme::cloud
