#include "trireme/cloud/deploy/stack_status.h"

namespace trireme::cloud {

namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

StackState state_of(const std::string& status) {
  if (status.empty() || status == "REVIEW_IN_PROGRESS" || status == "DELETE_COMPLETE") return StackState::kAbsent;
  if (ends_with(status, "_IN_PROGRESS")) return StackState::kBusy;
  if (status == "UPDATE_ROLLBACK_FAILED") return StackState::kStuckUpdate;
  if (status == "DELETE_FAILED") return StackState::kFailedDeletion;
  if (status == "ROLLBACK_COMPLETE" || status == "ROLLBACK_FAILED" || status == "CREATE_FAILED") {
    return StackState::kFailedCreation;
  }
  return StackState::kReady;
}

StackStatus stack_status(const Aws& aws, const std::string& stack) {
  const auto answer = aws.find("cloudformation", "describe-stacks", {{"StackName", stack}});
  if (!answer || answer->at("Stacks").empty()) return {};
  const Json& found = answer->at("Stacks").at(0);
  if (found.at("StackStatus") == "DELETE_COMPLETE") return {};
  StackStatus status{.state = state_of(found.at("StackStatus")),
                     .status = found.at("StackStatus"),
                     .reason = found.value("StackStatusReason", ""),
                     .changed = found.value("LastUpdatedTime", found.value("CreationTime", "")),
                     .tags = {}};
  for (const Json& tag : found.value("Tags", Json::array())) status.tags[tag.at("Key")] = tag.at("Value");
  return status;
}

void continue_rollback(const Aws& aws, const std::string& stack) {
  try {
    aws.call("cloudformation", "continue-update-rollback", {{"StackName", stack}});
  } catch (const AwsError&) {  // fine if a try whose answer was lost started it
    if (stack_status(aws, stack).state == StackState::kStuckUpdate) throw;
  }
}

StackStatus wait_for_stack(const Aws& aws, const std::string& stack) {
  StackStatus status = stack_status(aws, stack);
  while (status.state == StackState::kBusy) {
    aws.wait();
    status = stack_status(aws, stack);
  }
  return status;
}

}  // namespace trireme::cloud
