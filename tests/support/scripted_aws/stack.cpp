#include "stack.h"

#include "trireme/core/format.h"

namespace scripted_aws {

using trireme::format;

Json* find_stack(World& world, const std::string& name_or_id) {
  Json& stacks = world["stacks"];
  if (stacks.contains(name_or_id)) return &stacks[name_or_id];
  for (auto& [name, stack] : stacks.items()) {
    if (stack.at("id") == name_or_id) return &stack;
  }
  Json& deleted = world["deleted_stacks"];
  return deleted.contains(name_or_id) ? &deleted[name_or_id] : nullptr;
}

Json& require_stack(World& world, const std::string& name_or_id) {
  if (Json* stack = find_stack(world, name_or_id)) return *stack;
  throw ValidationError(format("Stack with id {} does not exist", name_or_id));
}

Json& add_stack(World& world, const std::string& name) {
  const std::string seed = format("{}{}", name, world["deleted_stacks"].size());
  const std::string id = World::hex(seed, 32);
  Json& stack = world["stacks"][name];
  stack = {{"name", name},
           {"id", world.arn("cloudformation", format("stack/{}/{}-{}-{}-{}-{}", name, id.substr(0, 8), id.substr(8, 4),
                                                     id.substr(12, 4), id.substr(16, 4), id.substr(20)))},
           {"created", world.now()},
           {"document", Json::object()},
           {"template", ""},
           {"parameters", Json::object()},
           {"tags", Json::array()},
           {"capabilities", Json::array()},
           {"resources", Json::object()},
           {"outputs", Json::array()},
           {"imports", Json::array()},
           {"events", Json::array()},
           {"change_sets", Json::object()},
           {"protected", false}};
  set_status(world, stack, "REVIEW_IN_PROGRESS", "User Initiated");
  return stack;
}

void set_status(World& world, Json& stack, const std::string& status, const std::string& reason) {
  stack["status"] = status;
  stack["reason"] = reason;
  stack["updated"] = world.now();
  add_event(world, stack, stack.at("name"), stack.at("id"), "AWS::CloudFormation::Stack", status, reason);
}

void add_event(World& world, Json& stack, const std::string& logical_id, const std::string& physical_id,
               const std::string& type, const std::string& status, const std::string& reason) {
  Json event = {{"StackId", stack.at("id")},
                {"StackName", stack.at("name")},
                {"EventId", format("{}-{}", logical_id, stack.at("events").size())},
                {"LogicalResourceId", logical_id},
                {"PhysicalResourceId", physical_id},
                {"ResourceType", type},
                {"Timestamp", world.now()},
                {"ResourceStatus", status}};
  if (!reason.empty()) event["ResourceStatusReason"] = reason;
  if (stack.contains("token")) event["ClientRequestToken"] = stack["token"];
  stack["events"].push_back(event);
}

Resolver resolver_of(World& world, const Json& stack) {
  std::map<std::string, std::string> ids;
  for (const auto& [logical_id, resource] : stack.at("resources").items()) ids[logical_id] = resource.at("id");
  return Resolver(world, stack.at("name"), stack.at("id"), stack.at("document"), stack.at("parameters"), ids);
}

}  // namespace scripted_aws
