#include "trireme/cloud/deploy/change_set.h"

#include <algorithm>

#include "trireme/cloud/deploy/templates.h"
#include "trireme/core/clock.h"
#include "trireme/core/hash.h"

namespace trireme::cloud {

namespace {

constexpr std::string_view kOurs = "trireme-";  // how the names of our change sets begin

bool says_no_change(const std::string& reason) {
  return reason.find("didn't contain changes") != std::string::npos ||
         reason.find("No updates are to be performed") != std::string::npos;
}

Json request_for(const Cluster& cluster, const SynthFile& file, const std::string& name) {
  Json tags = Json::array();
  for (const auto& [key, value] : stack_tags(cluster)) tags.push_back({{"Key", key}, {"Value", value}});
  return {{"StackName", file.stack},
          {"ChangeSetName", name},
          {"ClientToken", format("{}-{}", name, content_hash(utc_timestamp() + name).substr(0, 8))},
          {"Capabilities", {"CAPABILITY_IAM"}},
          {"Tags", std::move(tags)}};
}

bool is_stray(const Json& summary) {
  return summary.value("ChangeSetName", "").rfind(kOurs, 0) == 0 &&
         summary.value("ExecutionStatus", "").rfind("EXECUTE_", 0) != 0;
}

/// CloudFormation deletes no change set that it is still working out.
bool is_in_work(const Json& summary) {
  const std::string status = summary.value("Status", "");
  return status.find("_PENDING") != std::string::npos || status.find("_IN_PROGRESS") != std::string::npos;
}

std::vector<ResourceChange> changes_in(const Json& described) {
  std::vector<ResourceChange> changes;
  for (const Json& change : described.value("Changes", Json::array())) {
    const Json& resource = change.at("ResourceChange");
    const std::string replacement = resource.value("Replacement", "False");
    changes.push_back({.action = resource.at("Action"),
                       .logical_id = resource.at("LogicalResourceId"),
                       .type = resource.at("ResourceType"),
                       .replaced = replacement != "False"});
  }
  return changes;
}

}  // namespace

std::map<std::string, std::string> stack_tags(const Cluster& cluster) {
  std::map<std::string, std::string> tags = cluster.tags;
  tags["trireme:cluster"] = cluster.name;
  return tags;
}

std::string content_id(const Cluster& cluster, const SynthFile& file) {
  return content_hash(file.text + Json(stack_tags(cluster)).dump()).substr(0, 16);
}

ChangeSet create_change_set(const Aws& aws, const Cluster& cluster, const SynthFile& file, bool exists,
                            ChangeSetUse use) {
  const std::string name =
      format("{}{}-{}", kOurs, use == ChangeSetUse::kPlan ? "plan" : "apply", content_id(cluster, file));
  const Json identity = {{"StackName", file.stack}, {"ChangeSetName", name}};
  Json request = request_for(cluster, file, name);
  request["ChangeSetType"] = exists ? "UPDATE" : "CREATE";
  add_template(aws, cluster, file, request);
  bool asked = false;
  for (;;) {
    const auto described = aws.find("cloudformation", "describe-change-set", identity, "Changes");
    const std::string status = described ? described->at("Status").get<std::string>() : "";
    const bool complete = status == "CREATE_COMPLETE";
    if (complete && described->value("ExecutionStatus", "") == "AVAILABLE") {
      return {file.stack, name, described->at("ChangeSetId"), changes_in(*described)};
    }
    const bool useless = status == "FAILED" || complete;  // or from an execution long ago
    if (useless) {
      const std::string reason = described->value("StatusReason", "");
      delete_change_set(aws, {file.stack, name, "", {}});
      if (says_no_change(reason)) return {file.stack, name, "", {}};
      if (asked)
        throw AwsError("ChangeSetFailed", format("{}: CloudFormation refuses the changes: {}", file.stack, reason));
    }
    if (status.empty() || useless) {
      aws.call("cloudformation", "create-change-set", request);
      asked = true;
      continue;
    }
    aws.wait();
  }
}

void delete_change_set(const Aws& aws, const ChangeSet& set) {
  aws.find("cloudformation", "delete-change-set", {{"StackName", set.stack}, {"ChangeSetName", set.name}});
}

void delete_stray_change_sets(const Aws& aws, const std::string& stack) {
  for (bool wait = true; wait;) {
    const auto answer = aws.find("cloudformation", "list-change-sets", {{"StackName", stack}}, "Summaries");
    wait = false;
    for (const Json& summary : answer ? answer->at("Summaries") : Json::array()) {
      if (!is_stray(summary)) continue;
      if (is_in_work(summary)) {
        wait = true;
      } else {
        delete_change_set(aws, {stack, summary.at("ChangeSetName"), "", {}});
      }
    }
    if (wait) aws.wait();
  }
}

bool execute_change_set(const Aws& aws, const ChangeSet& set) {
  try {
    // The token is this change set's own: its name returns when a description does.
    aws.call("cloudformation", "execute-change-set",
             {{"StackName", set.stack}, {"ChangeSetName", set.name}, {"ClientRequestToken", content_hash(set.id)}});
    return true;
  } catch (const AwsError& error) {
    if (error.cause() != "InvalidChangeSetStatus" && error.cause() != "ChangeSetNotFound") throw;
    return false;
  }
}

const ResourceChange* find_data_loss(const std::vector<ResourceChange>& changes,
                                     const std::vector<std::string>& allowed) {
  const auto lost = std::find_if(changes.begin(), changes.end(), [&](const ResourceChange& change) {
    const bool goes = change.action == "Remove" || change.replaced;
    return goes && holds_data(change.type) &&
           std::find(allowed.begin(), allowed.end(), change.logical_id) == allowed.end();
  });
  return lost == changes.end() ? nullptr : &*lost;
}

}  // namespace trireme::cloud
