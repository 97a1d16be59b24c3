#include <algorithm>

#include "change_set.h"
#include "commands.h"
#include "resource.h"
#include "resource_types.h"
#include "stack.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

Json& named_stack(World& world, const Request& request) { return require_stack(world, request.required("stack-name")); }

Json description_of(const Json& stack) {
  Json out = {{"StackId", stack.at("id")},
              {"StackName", stack.at("name")},
              {"CreationTime", stack.at("created")},
              {"StackStatus", stack.at("status")},
              {"DisableRollback", false},
              {"NotificationARNs", Json::array()},
              {"Tags", stack.at("tags")},
              {"Outputs", stack.at("outputs")},
              {"Capabilities", stack.at("capabilities")},
              {"EnableTerminationProtection", stack.at("protected")},
              {"RollbackConfiguration", Json::object()},
              {"DriftInformation", {{"StackDriftStatus", stack.value("drift", "NOT_CHECKED")}}}};
  if (stack.value("reason", "") != "") out["StackStatusReason"] = stack["reason"];
  if (stack.at("status") != "REVIEW_IN_PROGRESS") out["LastUpdatedTime"] = stack.at("updated");
  if (stack.contains("deleted")) out["DeletionTime"] = stack["deleted"];
  const Json& description = get(stack.at("document"), "Description");
  if (!description.is_null()) out["Description"] = description;
  Json parameters = Json::array();
  for (const auto& [key, value] : stack.at("parameters").items()) {
    const bool hidden = text_of(get(get(get(stack.at("document"), "Parameters"), key), "NoEcho")) == "true";
    parameters.push_back({{"ParameterKey", key}, {"ParameterValue", hidden ? "****" : text_of(value)}});
  }
  if (!parameters.empty()) out["Parameters"] = parameters;
  return out;
}

Json describe(World& world, const Request& request) {
  Json out = {{"Stacks", Json::array()}};
  if (request.has("stack-name")) {
    out["Stacks"].push_back(description_of(named_stack(world, request)));
    return out;
  }
  for (const auto& [name, stack] : world["stacks"].items()) out["Stacks"].push_back(description_of(stack));
  return paginate(request, out, "Stacks");
}

Json list(World& world, const Request& request) {
  const std::vector<std::string> wanted = request.list("stack-status-filter");
  Json out = {{"StackSummaries", Json::array()}};
  for (const char* where : {"stacks", "deleted_stacks"}) {
    for (const auto& [key, stack] : world[where].items()) {
      const std::string status = stack.at("status");
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), status) == wanted.end()) continue;
      Json summary = {{"StackId", stack["id"]},
                      {"StackName", stack["name"]},
                      {"CreationTime", stack["created"]},
                      {"StackStatus", status}};
      if (stack.contains("deleted")) summary["DeletionTime"] = stack["deleted"];
      out["StackSummaries"].push_back(summary);
    }
  }
  return paginate(request, out, "StackSummaries");
}

Json events(World& world, const Request& request) {
  Json newest_first = named_stack(world, request)["events"];
  std::reverse(newest_first.begin(), newest_first.end());
  return paginate(request, {{"StackEvents", newest_first}}, "StackEvents");
}

Json resources(World& world, const Request& request) {
  const Json& stack = named_stack(world, request);
  Json out = {{"StackResources", Json::array()}};
  for (const auto& [logical_id, resource] : stack.at("resources").items()) {
    if (const auto only = request.text("logical-resource-id"); only && *only != logical_id) continue;
    Json each = {{"StackName", stack.at("name")},          {"StackId", stack.at("id")},
                 {"LogicalResourceId", logical_id},        {"PhysicalResourceId", physical_id(resource.at("id"))},
                 {"ResourceType", resource.at("type")},    {"Timestamp", resource.at("updated")},
                 {"ResourceStatus", resource.at("status")}};
    if (resource.contains("reason")) each["ResourceStatusReason"] = resource["reason"];
    out["StackResources"].push_back(each);
  }
  return out;
}

Json exports(World& world, const Request& request) {
  Json out = {{"Exports", Json::array()}};
  for (const auto& [name, stack] : world["stacks"].items()) {
    for (const Json& output : stack["outputs"]) {
      if (!output.contains("ExportName")) continue;
      out["Exports"].push_back(
          {{"ExportingStackId", stack["id"]}, {"Name", output["ExportName"]}, {"Value", output["OutputValue"]}});
    }
  }
  return paginate(request, out, "Exports");
}

Json imports(World& world, const Request& request) {
  const std::string wanted = request.required("export-name");
  Json out = {{"Imports", Json::array()}};
  for (const auto& [name, stack] : world["stacks"].items()) {
    const Json& used = stack["imports"];
    if (std::find(used.begin(), used.end(), wanted) != used.end()) out["Imports"].push_back(name);
  }
  if (out["Imports"].empty()) throw ValidationError(format("Export '{}' is not imported by any stack.", wanted));
  return out;
}

Json get_template(World& world, const Request& request) {
  const Json& stack = named_stack(world, request);
  std::string text = stack.at("template");
  if (const auto change_set = request.text("change-set-name")) {
    const Json& found = get(stack.at("change_sets"), *change_set);
    if (found.is_null()) throw AwsError("ChangeSetNotFound", format("ChangeSet [{}] does not exist", *change_set));
    text = found.at("template");
  }
  // The command line shows a JSON template as JSON, not as text.
  return {{"TemplateBody", Json::parse(text)}, {"StagesAvailable", {"Original", "Processed"}}};
}

Json remove(World& world, const Request& request) {
  const std::string name = request.required("stack-name");
  Json* stack = find_stack(world, name);
  if (!stack || stack->contains("deleted")) return nullptr;  // deleting what is gone succeeds
  if (stack->at("protected") == true) {
    throw ValidationError(format("Stack [{}] cannot be deleted while TerminationProtection is enabled", name));
  }
  for (const auto& [logical_id, resource] : stack->at("resources").items()) {
    world.need(resource_type(resource.at("type")).delete_actions);
  }
  if (const auto token = request.text("client-request-token")) (*stack)["token"] = *token;
  const std::vector<std::string> retained = request.list("retain-resources");
  if (!retained.empty() && stack->at("status") != "DELETE_FAILED") {
    throw ValidationError(
        format("Invalid operation on stack [{}]. Only stacks in DELETE_FAILED can retain resources.", name));
  }
  for (const std::string& logical_id : retained)
    (*stack)["document"]["Resources"][logical_id]["DeletionPolicy"] = "Retain";
  start_delete(world, *stack);
  return nullptr;
}

Json protect(World& world, const Request& request) {
  Json& stack = named_stack(world, request);
  // The command line has the pair --enable-termination-protection and --no-enable-termination-protection.
  stack["protected"] = request.flag("enable-termination-protection");
  return {{"StackId", stack["id"]}};
}

Json resume_rollback(World& world, const Request& request) {
  Json& stack = named_stack(world, request);
  if (stack["status"] != "UPDATE_ROLLBACK_FAILED") {
    throw ValidationError(format("Stack:{} is in {} state and can not continue update rollback.", text_of(stack["id"]),
                                 text_of(stack["status"])));
  }
  continue_rollback(world, stack, request.list("resources-to-skip"));
  return Json::object();
}

}  // namespace

void add_stacks(Commands& commands) {
  commands["cloudformation.describe-stacks"] = describe;
  commands["cloudformation.list-stacks"] = list;
  commands["cloudformation.describe-stack-events"] = events;
  commands["cloudformation.describe-stack-resources"] = resources;
  commands["cloudformation.list-exports"] = exports;
  commands["cloudformation.list-imports"] = imports;
  commands["cloudformation.get-template"] = get_template;
  commands["cloudformation.delete-stack"] = remove;
  commands["cloudformation.update-termination-protection"] = protect;
  commands["cloudformation.continue-update-rollback"] = resume_rollback;
}

}  // namespace scripted_aws
