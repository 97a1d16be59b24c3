#include "trireme/cloud/deploy/failure.h"

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"

namespace trireme::cloud {

namespace {

bool is_failure(const Json& event) {
  const std::string status = event.value("ResourceStatus", "");
  return status.size() > 7 && status.compare(status.size() - 7, 7, "_FAILED") == 0;
}

/// CloudFormation stops what ran beside the failure, and says so of each.
bool is_consequence(const std::string& reason) {
  return reason.empty() || reason.find("cancelled") != std::string::npos ||
         reason.find("The following resource(s) failed") != std::string::npos;
}

/// Does the event begin an operation of the stack as a whole?
bool starts_operation(const Json& event, const std::string& stack) {
  const std::string status = event.value("ResourceStatus", "");
  return event.value("LogicalResourceId", "") == stack &&
         event.value("ResourceType", "") == "AWS::CloudFormation::Stack" &&
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
  const auto answer = aws.find("cloudformation", "describe-stack-events", {{"StackName", stack}});
  if (!answer) return "";
  std::string cause;
  for (const Json& event : answer->at("StackEvents")) {  // newest first
    const std::string reason = event.value("ResourceStatusReason", "");
    if (is_failure(event) && !is_consequence(reason)) {
      cause = format("{} ({}): {}", event.value("LogicalResourceId", ""), event.value("ResourceType", ""), reason) +
              remedy_for(reason);
    }
    if (starts_operation(event, stack)) break;
  }
  return cause;
}

}  // namespace trireme::cloud
