#include "trireme/cloud/deploy/failure.h"

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"

namespace trireme::cloud {

namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool is_of_stack(const Json& event, const std::string& stack) {
  return event.value("LogicalResourceId", "") == stack &&
         event.value("ResourceType", "") == "AWS::CloudFormation::Stack";
}

/// A failure of the stack itself, such as an export that is in use, shows as the reason of its roll-back.
bool is_failure(const Json& event, const std::string& stack) {
  const std::string status = event.value("ResourceStatus", "");
  return ends_with(status, "_FAILED") || (is_of_stack(event, stack) && ends_with(status, "ROLLBACK_IN_PROGRESS"));
}

/// CloudFormation stops what ran beside the failure, and says so of each.
bool is_consequence(const std::string& reason) {
  return reason.empty() || reason == "User Initiated" || reason.find("cancelled") != std::string::npos ||
         reason.find("The following resource(s) failed") != std::string::npos;
}

/// Does the event begin an operation of the stack as a whole?
bool starts_operation(const Json& event, const std::string& stack) {
  const std::string status = event.value("ResourceStatus", "");
  return is_of_stack(event, stack) &&
         (status == "CREATE_IN_PROGRESS" || status == "UPDATE_IN_PROGRESS" || status == "DELETE_IN_PROGRESS");
}

std::string remedy_for(const std::string& reason) {
  const auto table = catalog::Table::read(catalog::facts_folder() / "deploy_failures.tsv");
  for (size_t row = 0; row < table.size(); ++row) {
    if (reason.find(table.text(row, "text")) != std::string::npos) return "\n  next: " + table.text(row, "remedy");
  }
  return "\n  next: correct the description, then run the same command again";
}

}  // namespace

std::string first_cause(const Aws& aws, const std::string& stack) {
  const auto answer = aws.find("cloudformation", "describe-stack-events", {{"StackName", stack}}, "StackEvents");
  return answer ? first_cause_in(answer->at("StackEvents"), stack) : "";
}

std::string first_cause_in(const Json& events, const std::string& stack) {
  std::string first, last;
  bool stuck = false;
  for (const Json& event : events) {
    if (is_of_stack(event, stack) && event.value("ResourceStatus", "") == "UPDATE_ROLLBACK_FAILED") stuck = true;
    const std::string reason = event.value("ResourceStatusReason", "");
    if (is_failure(event, stack) && !is_consequence(reason)) {
      first = format("{} ({}): {}", event.value("LogicalResourceId", ""), event.value("ResourceType", ""), reason) +
              remedy_for(reason);
      if (last.empty()) last = first;
    }
    if (starts_operation(event, stack)) break;
  }
  return stuck && last != first ? format("{}\n  its roll-back failed too: {}", first, last) : first;
}

}  // namespace trireme::cloud
