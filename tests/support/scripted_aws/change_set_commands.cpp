#include <algorithm>

#include "change_set.h"
#include "commands.h"
#include "objects.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

constexpr size_t kMaxBody = 51200;  // bytes of a TemplateBody; a longer template must come from S3
constexpr char kNoChanges[] =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

std::string template_text(World& world, const Request& request, const Json* stack) {
  if (stack && request.flag("use-previous-template")) return stack->at("template");
  if (const auto url = request.text("template-url")) return object_at_url(world, *url);
  const std::string body = request.required("template-body");
  if (body.size() > kMaxBody) {
    throw ValidationError(
        "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member "
        "must have length less than or equal to 51200");
  }
  return body;
}

Desired read_desired(World& world, const Request& request, const Json* stack) {
  Desired desired;
  desired.text = template_text(world, request, stack);
  desired.document = parse_template(desired.text);
  for (const Json& each : request.structures("parameters")) {
    const std::string key = each.at("ParameterKey");
    const bool keep = text_of(get(each, "UsePreviousValue")) == "true";
    if (keep && !(stack && stack->at("parameters").contains(key))) {
      throw ValidationError(
          format("Invalid input for parameter key {}. Cannot specify usePreviousValue as true for a "
                 "parameter key not in the previous template",
                 key));
    }
    desired.parameters[key] = keep ? stack->at("parameters").at(key) : each.at("ParameterValue");
  }
  desired.tags = request.has("tags") ? request.structures("tags") : stack ? stack->at("tags") : Json::array();
  desired.capabilities = request.list("capabilities");
  const std::string needed = capability_of(desired.document);
  const auto has = [&](const std::string& capability) {
    return std::find(desired.capabilities.begin(), desired.capabilities.end(), capability) !=
           desired.capabilities.end();
  };
  if (!needed.empty() && !has(needed) && !has("CAPABILITY_NAMED_IAM")) {
    throw AwsError("InsufficientCapabilitiesException", format("Requires capabilities : [{}]", needed));
  }
  return desired;
}

/// A change set may be named together with its stack, or by its ARN alone.
struct Found {
  Json& stack;
  Json& change_set;
};

Found find_change_set(World& world, const Request& request) {
  const std::string name = request.required("change-set-name");
  for (auto& [stack_name, stack] : world["stacks"].items()) {
    for (auto& [key, change_set] : stack["change_sets"].items()) {
      const auto wanted = request.text("stack-name");
      const bool named = wanted == stack_name || wanted == stack["id"].get<std::string>();
      if (change_set["id"] == name || (named && key == name)) return {stack, change_set};
    }
  }
  if (!name.starts_with("arn:")) require_stack(world, request.required("stack-name"));
  throw AwsError("ChangeSetNotFound", format("ChangeSet [{}] does not exist", name));
}

Json& stack_for(World& world, const std::string& name, const std::string& kind, const std::string& change_set) {
  Json* stack = find_stack(world, name);
  if (kind == "CREATE") {
    if (!stack) return add_stack(world, name);
    if (stack->at("status") != "REVIEW_IN_PROGRESS") {
      throw ValidationError(
          format("Stack [{}] already exists and cannot be created again with the changeSet [{}].", name, change_set));
    }
    return *stack;
  }
  if (!stack) throw ValidationError(format("Stack [{}] does not exist", name));
  static const std::set<std::string> kUpdatable = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE",
                                                   "UPDATE_FAILED", "CREATE_FAILED"};
  const std::string status = stack->at("status");
  if (!kUpdatable.contains(status)) {
    throw ValidationError(format("Stack:{} is in {} state and can not be updated.", text_of(stack->at("id")), status));
  }
  return *stack;
}

/// An executed change set is history: its name may be used again.
bool is_taken(const Json& stack, const std::string& name) {
  const Json& change_set = get(stack.at("change_sets"), name);
  return !change_set.is_null() && change_set.at("execution") != "EXECUTE_COMPLETE";
}

Json create(World& world, const Request& request) {
  const std::string stack_name = request.required("stack-name"), name = request.required("change-set-name");
  const std::string kind = request.text("change-set-type").value_or("UPDATE");
  const auto token = request.text("client-token");
  if (Json* existing = find_stack(world, stack_name); existing && is_taken(*existing, name)) {
    const Json& same = existing->at("change_sets").at(name);
    if (token && get(same, "token") == *token) return {{"Id", same.at("id")}, {"StackId", existing->at("id")}};
    throw AwsError("AlreadyExistsException", format("ChangeSet {} already exists", name));
  }
  const Json* before = find_stack(world, stack_name);
  const Desired desired = read_desired(world, request, before);
  Json& stack = stack_for(world, stack_name, kind, name);
  const Json changes = changes_of(world, stack, desired);
  const bool outputs_only = get(desired.document, "Outputs") != get(stack.at("document"), "Outputs");
  const bool none = changes.empty() && !outputs_only;
  const std::string seed = World::hex(format("{}/{}/{}", stack_name, name, world.now()), 12);
  Json change_set = {{"id", world.arn("cloudformation", format("changeSet/{}/{}", name, seed))},
                     {"name", name},
                     {"kind", kind},
                     {"created", world.now()},
                     {"status", none ? "FAILED" : "CREATE_COMPLETE"},
                     {"execution", none ? "UNAVAILABLE" : "AVAILABLE"},
                     {"on_failure", request.text("on-stack-failure").value_or("ROLLBACK")},
                     {"changes", changes},
                     {"template", desired.text},
                     {"parameters", desired.parameters},
                     {"tags", desired.tags},
                     {"capabilities", desired.capabilities}};
  if (none) change_set["reason"] = kNoChanges;
  if (token) change_set["token"] = *token;
  if (const auto text = request.text("description")) change_set["description"] = *text;
  stack["change_sets"][name] = change_set;
  return {{"Id", change_set["id"]}, {"StackId", stack["id"]}};
}

Json parameters_of(const Json& parameters) {
  Json out = Json::array();
  for (const auto& [key, value] : parameters.items()) {
    out.push_back({{"ParameterKey", key}, {"ParameterValue", text_of(value)}});
  }
  return out;
}

Json summary(const Json& stack, const Json& change_set) {
  Json out = {{"ChangeSetId", change_set.at("id")},
              {"ChangeSetName", change_set.at("name")},
              {"StackId", stack.at("id")},
              {"StackName", stack.at("name")},
              {"CreationTime", change_set.at("created")},
              {"Status", change_set.at("status")},
              {"ExecutionStatus", change_set.at("execution")}};
  if (change_set.contains("reason")) out["StatusReason"] = change_set["reason"];
  if (change_set.contains("description")) out["Description"] = change_set["description"];
  return out;
}

Json describe(World& world, const Request& request) {
  const Found found = find_change_set(world, request);
  Json out = summary(found.stack, found.change_set);
  out["Changes"] = found.change_set["changes"];
  out["Parameters"] = parameters_of(found.change_set["parameters"]);
  out["Tags"] = found.change_set["tags"];
  out["Capabilities"] = found.change_set["capabilities"];
  out["NotificationARNs"] = Json::array();
  return paginate(request, out, "Changes");
}

Json list(World& world, const Request& request) {
  Json& stack = require_stack(world, request.required("stack-name"));
  Json out = {{"Summaries", Json::array()}};
  for (const auto& [name, change_set] : stack["change_sets"].items())
    out["Summaries"].push_back(summary(stack, change_set));
  return paginate(request, out, "Summaries");
}

Json execute(World& world, const Request& request) {
  const Found found = find_change_set(world, request);
  Json& stack = found.stack;
  if (found.change_set["execution"] != "AVAILABLE") {
    throw AwsError("InvalidChangeSetStatus",
                   format("ChangeSet [{}] cannot be executed in its current status of [{}]",
                          text_of(found.change_set["id"]), text_of(found.change_set["status"])));
  }
  Json done = found.change_set;
  done["execution"] = "EXECUTE_COMPLETE";
  if (const auto token = request.text("client-request-token")) stack["token"] = *token;
  need_actions(world, done["changes"]);
  Desired desired{done["template"], parse_template(done["template"]), done["parameters"], done["tags"],
                  done["capabilities"]};
  stack["change_sets"] = {{text_of(done["name"]), done}};  // the others described a stack that is no more
  start_deploy(world, stack, desired, request.flag("disable-rollback") ? "DO_NOTHING" : text_of(done["on_failure"]));
  return nullptr;
}

Json remove(World& world, const Request& request) {
  const Found found = find_change_set(world, request);
  found.stack["change_sets"].erase(text_of(found.change_set["name"]));
  return nullptr;
}

Json validate(World& world, const Request& request) {
  const Json document = parse_template(template_text(world, request, nullptr));
  Json out = {{"Parameters", Json::array()}};
  for (const auto& [key, declared] : get(document, "Parameters").items()) {
    Json parameter = {{"ParameterKey", key}, {"NoEcho", text_of(get(declared, "NoEcho")) == "true"}};
    if (declared.contains("Default")) parameter["DefaultValue"] = text_of(declared["Default"]);
    if (declared.contains("Description")) parameter["Description"] = declared["Description"];
    out["Parameters"].push_back(parameter);
  }
  if (document.contains("Description")) out["Description"] = document["Description"];
  if (const std::string capability = capability_of(document); !capability.empty()) {
    out["Capabilities"] = {capability};
    out["CapabilitiesReason"] = "The following resource(s) require capabilities: [AWS::IAM]";
  }
  return out;
}

}  // namespace

void add_change_sets(Commands& commands) {
  commands["cloudformation.create-change-set"] = create;
  commands["cloudformation.describe-change-set"] = describe;
  commands["cloudformation.list-change-sets"] = list;
  commands["cloudformation.execute-change-set"] = execute;
  commands["cloudformation.delete-change-set"] = remove;
  commands["cloudformation.validate-template"] = validate;
}

}  // namespace scripted_aws
