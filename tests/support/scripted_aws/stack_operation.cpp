// How a stack gets from one state to the next. An operation has a phase and a queue of steps, one a resource.
#include <algorithm>

#include "ec2_resources.h"
#include "resource.h"
#include "resource_types.h"
#include "stack.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

/// One operation of one stack, between two polls.
class Operation {
 public:
  Operation(World& world, Json& stack) : world_(world), stack_(stack), state_(stack["operation"]) {}

  /// Tells of the next step's beginning, once.
  void begin_step();
  /// Carries out the next step, or ends the phase.
  void advance();

 private:
  bool is_update() const { return state_.at("kind") == "update"; }
  bool is_over() const { return !stack_.contains("operation"); }
  Json& resource(const std::string& logical_id) { return stack_["resources"][logical_id]; }
  std::string type_of(const std::string& logical_id);
  void tell(const std::string& logical_id, const std::string& status, const std::string& reason = "");
  void fail_if_scripted(const std::string& logical_id, const std::string& phase);

  void deploy(const std::string& logical_id);
  void remove(const std::string& logical_id, const std::string& id);
  void undo(const std::string& logical_id);
  void failed(const std::string& logical_id, const std::string& reason);
  void roll_back(const std::string& reason);
  void end_phase();
  void set_outputs();
  void finish(const std::string& status, const std::string& reason = "");

  World& world_;
  Json& stack_;
  Json& state_;
};

std::string Operation::type_of(const std::string& logical_id) {
  const Json& type = get(get(stack_["resources"], logical_id), "type");
  return text_of(type.is_null() ? stack_["document"]["Resources"][logical_id]["Type"] : type);
}

void Operation::tell(const std::string& logical_id, const std::string& status, const std::string& reason) {
  const Json& id = get(get(stack_["resources"], logical_id), "id");
  add_event(world_, stack_, logical_id, id.is_null() ? "" : physical_id(text_of(id)), type_of(logical_id), status,
            reason);
}

void Operation::fail_if_scripted(const std::string& logical_id, const std::string& phase) {
  const Json fault = world_.take_fault("stack_failure", [&](const Json& each) {
    return each.at("stack") == stack_.at("name") && each.at("logical_id") == logical_id &&
           each.value("phase", "deploy") == phase;
  });
  if (!fault.is_null())
    throw ResourceFailure(fault.value("reason", "Resource handler returned message: scripted failure"));
}

void Operation::begin_step() {
  if (state_["queue"].empty() || state_["queue"][0].contains("begun")) return;
  Json& step = state_["queue"][0];
  step["begun"] = true;
  const std::string action = step.at("do");
  const std::string logical_id = step.at("logical_id");
  if (action == "remove") {
    tell(logical_id, "DELETE_IN_PROGRESS");
  } else {
    tell(logical_id, stack_["resources"].contains(logical_id) ? "UPDATE_IN_PROGRESS" : "CREATE_IN_PROGRESS");
  }
}

void Operation::advance() {
  begin_step();
  if (state_["queue"].empty()) return end_phase();
  const Json step = state_["queue"][0];
  const std::string logical_id = step.at("logical_id");
  try {
    if (step.at("do") == "deploy") deploy(logical_id);
    if (step.at("do") == "undo") undo(logical_id);
    if (step.at("do") == "remove") remove(logical_id, step.at("id"));
    state_["queue"].erase(0);
  } catch (const std::runtime_error& problem) {  // ResourceFailure, or a reference that can't be resolved
    failed(logical_id, problem.what());
  }
}

void Operation::deploy(const std::string& logical_id) {
  fail_if_scripted(logical_id, "deploy");
  const Json& declared = stack_["document"]["Resources"][logical_id];
  Json properties = resolver_of(world_, stack_).resolve(declared.value("Properties", Json::object()));
  const std::string type = declared.at("Type");
  if (!stack_["resources"].contains(logical_id)) {
    const std::string id = make_resource(world_, stack_.at("name"), logical_id, type, properties);
    resource(logical_id) = {{"id", id}, {"type", type}};
    state_["done"].push_back(logical_id);
    tell(logical_id, "CREATE_COMPLETE");
    resource(logical_id).update({{"status", "CREATE_COMPLETE"}, {"updated", world_.now()}});
    return;
  }
  const std::string old_id = resource(logical_id).at("id");
  const std::string old_type = resource(logical_id).at("type");
  const Json old_properties = get(get(world_["resources"], old_id), "properties");
  state_["done"].push_back(logical_id);
  const bool gone = !world_["resources"].contains(old_id);  // by hand, which CloudFormation does not notice
  if (old_type != type || (!gone && must_replace(type, old_properties, properties))) {
    const std::string id = make_resource(world_, stack_.at("name"), logical_id, type, properties);
    state_["cleanup"].push_back({{"do", "remove"}, {"logical_id", logical_id}, {"id", old_id}});
    resource(logical_id) = {{"id", id}, {"type", type}};
  } else if (!gone) {
    change_resource(world_, old_id, properties);
  }
  tell(logical_id, "UPDATE_COMPLETE");
  resource(logical_id).update({{"status", "UPDATE_COMPLETE"}, {"updated", world_.now()}});
}

void Operation::remove(const std::string& logical_id, const std::string& id) {
  // What an update takes out of the template is described by the template before it.
  const Json& previous = get(get(state_, "previous"), "document");
  const Json& document = get(get(previous, "Resources"), logical_id).is_null() ? stack_["document"] : previous;
  const bool present = get(stack_["resources"], logical_id).is_object() && resource(logical_id)["id"] == id;
  const std::string policy = get(get(document, "Resources"), logical_id).value("DeletionPolicy", "Delete");
  const bool new_one = state_.at("phase") == "rollback";
  if (policy == "Retain" || (policy == "RetainExceptOnCreate" && !new_one)) {
    tell(logical_id, "DELETE_SKIPPED");
    if (world_["resources"].contains(id)) {
      world_["resources"][id]["kept_tags"] = tags_of(world_, world_["resources"][id]);
      world_["resources"][id]["stack"] = nullptr;
    }
  } else {
    fail_if_scripted(logical_id, state_.at("phase") == "rollback" ? "rollback" : "delete");
    delete_resource(world_, id);
    tell(logical_id, "DELETE_COMPLETE");
  }
  if (present) stack_["resources"].erase(logical_id);
}

void Operation::undo(const std::string& logical_id) {
  fail_if_scripted(logical_id, "rollback");
  const Json& before = get(state_["previous"]["resources"], logical_id);
  const std::string id = resource(logical_id).at("id");
  if (before.is_null()) return remove(logical_id, id);
  if (before.at("id") != id) delete_resource(world_, id);
  const std::string old_id = before.at("id");
  world_["resources"][old_id] = state_["previous"]["made"][logical_id];
  resource(logical_id) = before;
  tell(logical_id, "UPDATE_COMPLETE");
}

void Operation::failed(const std::string& logical_id, const std::string& reason) {
  const std::string phase = state_.at("phase");
  const std::string verb = phase == "delete" || phase == "cleanup"    ? "DELETE"
                           : stack_["resources"].contains(logical_id) ? "UPDATE"
                                                                      : "CREATE";
  tell(logical_id, verb + "_FAILED", reason);
  if (stack_["resources"].contains(logical_id)) {
    resource(logical_id).update({{"status", verb + "_FAILED"}, {"reason", reason}, {"updated", world_.now()}});
  }
  if (phase == "deploy") {
    return roll_back(
        format("The following resource(s) failed to {}: [{}]. ", verb == "CREATE" ? "create" : "update", logical_id));
  }
  if (phase == "cleanup") {  // the old resource stays behind; the update has succeeded
    state_["queue"].erase(0);
    return;
  }
  const std::string list =
      format("The following resource(s) failed to {}: [{}]. ", phase == "delete" ? "delete" : "update", logical_id);
  if (phase == "delete") return finish("DELETE_FAILED", list);
  if (!is_update()) return finish("ROLLBACK_FAILED", list);
  state_["queue"][0].erase("begun");
  stack_["stuck_rollback"] = state_;
  finish("UPDATE_ROLLBACK_FAILED", list);
}

void Operation::roll_back(const std::string& reason) {
  if (state_.at("on_failure") == "DO_NOTHING") return finish(is_update() ? "UPDATE_FAILED" : "CREATE_FAILED", reason);
  state_["phase"] = "rollback";
  state_["queue"] = Json::array();
  const Json done = state_["done"];
  for (auto each = done.rbegin(); each != done.rend(); ++each) {
    const std::string logical_id = *each;
    state_["queue"].push_back(
        {{"do", is_update() ? "undo" : "remove"}, {"logical_id", logical_id}, {"id", resource(logical_id)["id"]}});
  }
  set_status(world_, stack_, is_update() ? "UPDATE_ROLLBACK_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS", reason);
}

void Operation::set_outputs() {
  const Resolver resolver = resolver_of(world_, stack_);
  Json outputs = Json::array();
  for (const auto& [key, declared] : get(stack_["document"], "Outputs").items()) {
    if (!resolver.is_wanted(declared)) continue;
    Json output = {{"OutputKey", key}, {"OutputValue", text_of(resolver.resolve(declared.at("Value")))}};
    if (declared.contains("Description")) output["Description"] = declared["Description"];
    if (declared.contains("Export")) output["ExportName"] = resolver.resolve(declared["Export"]["Name"]);
    outputs.push_back(output);
  }
  for (const Json& output : outputs) {
    for (const auto& [name, other] : world_["stacks"].items()) {
      for (const Json& theirs : get(other, "outputs")) {
        if (name != text_of(stack_["name"]) && output.contains("ExportName") &&
            get(theirs, "ExportName") == output["ExportName"]) {
          throw ValidationError(
              format("Export with name {} is already exported by stack {}.", text_of(output["ExportName"]), name));
        }
      }
    }
  }
  for (const Json& before : stack_["outputs"]) {
    if (!before.contains("ExportName")) continue;
    const std::string export_name = before["ExportName"];
    const auto same = [&](const Json& each) { return get(each, "ExportName") == export_name; };
    const auto now = std::find_if(outputs.begin(), outputs.end(), same);
    if (now != outputs.end() && (*now)["OutputValue"] == before["OutputValue"]) continue;
    for (const auto& [name, other] : world_["stacks"].items()) {
      const Json& imports = other["imports"];
      if (std::find(imports.begin(), imports.end(), export_name) == imports.end()) continue;
      throw ValidationError(format("Export {} cannot be {} as it is in use by {}", export_name,
                                   now == outputs.end() ? "deleted" : "updated", name));
    }
  }
  for (const auto& [logical_id, declared] : stack_["document"]["Resources"].items()) {
    if (resolver.is_wanted(declared)) resolver.resolve(declared.value("Properties", Json::object()));  // notes imports
  }
  stack_["imports"] = resolver.imports();
  stack_["outputs"] = outputs;
}

void Operation::end_phase() {
  const std::string phase = state_.at("phase");
  if (phase == "deploy") {
    try {
      set_outputs();
    } catch (const AwsError& problem) {
      return roll_back(problem.what());
    }
    if (!is_update()) return finish("CREATE_COMPLETE");
    state_["phase"] = "cleanup";
    state_["queue"] = state_["cleanup"];
    return set_status(world_, stack_, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  }
  if (phase == "cleanup") return finish("UPDATE_COMPLETE");
  if (phase == "delete") return finish("DELETE_COMPLETE");
  if (is_update()) {
    for (const char* key : {"document", "template", "parameters", "tags"}) stack_[key] = state_["previous"][key];
    return finish("UPDATE_ROLLBACK_COMPLETE");
  }
  finish(state_.at("on_failure") == "DELETE" ? "DELETE_COMPLETE" : "ROLLBACK_COMPLETE");
}

void Operation::finish(const std::string& status, const std::string& reason) {
  set_status(world_, stack_, status, reason);
  stack_.erase("operation");
  if (status != "DELETE_COMPLETE") return;
  stack_["deleted"] = world_.now();
  world_["clusters"].erase(text_of(stack_["name"]));  // a cluster of ParallelCluster goes with its stack
  stack_["outputs"] = stack_["imports"] = Json::array();
  const std::string name = stack_["name"], id = stack_["id"];
  world_["deleted_stacks"][id] = stack_;
  world_["stacks"].erase(name);
}

Json new_operation(const std::string& kind, const std::string& phase, const std::string& on_failure) {
  return {{"kind", kind},
          {"phase", phase},
          {"on_failure", on_failure},
          {"queue", Json::array()},
          {"done", Json::array()},
          {"cleanup", Json::array()},
          {"polls", 0}};
}

}  // namespace

void start_deploy(World& world, Json& stack, const Desired& desired, const std::string& on_failure) {
  const bool update = stack["status"] != "REVIEW_IN_PROGRESS";
  Json operation = new_operation(update ? "update" : "create", "deploy", on_failure);
  Json& previous = operation["previous"];
  for (const char* key : {"document", "template", "parameters", "tags", "resources"}) previous[key] = stack[key];
  previous["made"] = Json::object();
  for (const auto& [logical_id, resource] : stack["resources"].items()) {
    previous["made"][logical_id] = get(world["resources"], resource.at("id"));
  }
  stack.update({{"document", desired.document},
                {"template", desired.text},
                {"parameters", desired.parameters},
                {"tags", desired.tags},
                {"capabilities", desired.capabilities}});

  const Resolver resolver = resolver_of(world, stack);
  std::set<std::string> wanted;
  for (const std::string& logical_id : creation_order(desired.document)) {
    const Json& declared = desired.document["Resources"][logical_id];
    if (!resolver.is_wanted(declared)) continue;
    wanted.insert(logical_id);
    const bool same = stack["resources"].contains(logical_id) && desired.tags == previous["tags"] &&
                      resolver.resolve(declared.value("Properties", Json::object())) ==
                          get(previous["made"][logical_id], "properties") &&
                      references(desired.document, declared).empty();  // what it refers to may be replaced
    if (!same) operation["queue"].push_back({{"do", "deploy"}, {"logical_id", logical_id}});
  }
  for (const auto& [logical_id, resource] : stack["resources"].items()) {
    if (wanted.contains(logical_id)) continue;
    operation["cleanup"].push_back({{"do", "remove"}, {"logical_id", logical_id}, {"id", resource.at("id")}});
  }
  stack["operation"] = operation;
  set_status(world, stack, update ? "UPDATE_IN_PROGRESS" : "CREATE_IN_PROGRESS", "User Initiated");
}

void start_delete(World& world, Json& stack) {
  for (const Json& output : stack["outputs"]) {
    for (const auto& [name, other] : world["stacks"].items()) {
      const Json& imports = other["imports"];
      if (!output.contains("ExportName") ||
          std::find(imports.begin(), imports.end(), output["ExportName"]) == imports.end())
        continue;
      return set_status(
          world, stack, "DELETE_FAILED",
          format("Export {} cannot be deleted as it is in use by {}", text_of(output["ExportName"]), name));
    }
  }
  Json operation = new_operation("delete", "delete", "DO_NOTHING");
  std::vector<std::string> order = creation_order(stack["document"]);
  std::reverse(order.begin(), order.end());
  for (const std::string& logical_id : order) {
    if (!stack["resources"].contains(logical_id)) continue;
    operation["queue"].push_back(
        {{"do", "remove"}, {"logical_id", logical_id}, {"id", stack["resources"][logical_id]["id"]}});
  }
  stack["operation"] = operation;
  set_status(world, stack, "DELETE_IN_PROGRESS", "User Initiated");
}

void continue_rollback(World& world, Json& stack, const std::vector<std::string>& skip) {
  Json operation = stack["stuck_rollback"];
  Json queue = Json::array();
  for (const Json& step : operation["queue"]) {
    if (std::find(skip.begin(), skip.end(), step.at("logical_id").get<std::string>()) == skip.end())
      queue.push_back(step);
  }
  operation["queue"] = queue;
  stack.erase("stuck_rollback");
  stack["operation"] = operation;
  set_status(world, stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated");
}

void poll(World& world, const std::string& name_or_id) {
  Json* stack = find_stack(world, name_or_id);
  const int polls = world["polls_per_resource"].is_null() ? 0 : world["polls_per_resource"].get<int>();
  while (stack && stack->contains("operation")) {
    Operation operation(world, *stack);
    if (polls > 0) {
      operation.begin_step();
      Json& waited = (*stack)["operation"]["polls"];
      waited = waited.get<int>() + 1;
      if (waited < polls) return;
      waited = 0;
    }
    operation.advance();
    if (polls > 0) return;
    stack = find_stack(world, name_or_id);
  }
}

}  // namespace scripted_aws
