#include "trireme/cloud/deploy/pcluster_step.h"

#include "trireme/cloud/deploy/failure.h"
#include "trireme/cloud/deploy/stack_status.h"
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
    return {.status = answer.at("clusterStatus"), .head_node = head.value("instanceId", "")};
  } catch (const AwsError& error) {
    if (says(error, "does not exist")) return {};
    throw;
  }
}

PclusterStatus PclusterStep::wait_until_settled() const {
  PclusterStatus now = status();
  while (state_of(now.status) == StackState::kBusy) {
    aws_.wait();
    now = status();
  }
  return now;
}

std::string PclusterStep::plan() const {
  if (!status().exists()) return "create the cluster";
  std::vector<std::string> words = named();
  words.insert(words.end(), {"--dryrun", "true"});
  try {
    aws_.pcluster_with("update-cluster", words, resolve_placeholders(aws_, file_));
  } catch (const AwsError& error) {
    if (says(error, "No changes found")) return "";
    if (!says(error, "Request would have succeeded")) throw;
  }
  return "update the cluster";
}

void PclusterStep::fail(const PclusterStatus& now) const {
  throw AwsError("ClusterFailed",
                 format("{} ended in {}: {}", cluster_.name, now.status.empty() ? "nothing" : now.status,
                        cloud::first_cause(aws_, cluster_.name)));
}

void PclusterStep::apply() const {
  PclusterStatus now = wait_until_settled();
  if (now.exists() && state_of(now.status) == StackState::kFailedCreation) {
    say("an earlier try ended in " + now.status + ": deleting what it left");
    aws_.pcluster("delete-cluster", named());
    now = wait_until_settled();
  }
  const std::string configuration = resolve_placeholders(aws_, file_);
  const bool exists = now.exists();
  say(exists ? "comparing" : "creating");
  try {
    aws_.pcluster_with(exists ? "update-cluster" : "create-cluster", named(), configuration);
  } catch (const AwsError& error) {
    if (says(error, "No changes found")) return say("is as described");
    throw;
  }
  now = wait_until_settled();
  if (now.status != (exists ? "UPDATE_COMPLETE" : "CREATE_COMPLETE")) fail(now);
  say(exists ? "updated" : "created");
}

void PclusterStep::remove() const {
  PclusterStatus now = wait_until_settled();
  if (!now.exists()) return say("is not there");
  say("deleting");
  aws_.pcluster("delete-cluster", named());
  now = wait_until_settled();
  if (now.exists()) fail(now);
  say("deleted");
}

}  // namespace trireme::cloud
