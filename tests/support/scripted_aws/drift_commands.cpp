#include "commands.h"
#include "drift.h"
#include "resource.h"
#include "stack.h"
#include "trireme/core/format.h"

namespace scripted_aws {

using trireme::format;

void change_by_hand(World& world, const Json& fault) {
  const Json& resource = get(require_stack(world, fault.at("stack")).at("resources"), fault.at("logical_id"));
  if (resource.is_null()) throw ValidationError(format("script.json: no resource {}", text_of(fault.at("logical_id"))));
  const std::string key = resource.at("id");
  if (fault.value("deleted", false)) {
    world["resources"].erase(key);
    if (resource.at("type") == "AWS::S3::Bucket") world["buckets"].erase(key);
  } else {
    world["resources"][key]["changed_by_hand"] = fault.value("properties", Json::object());
  }
}

namespace {

struct Drift {
  std::string status = "IN_SYNC";
  Json actual, differences = Json::array();
};

Drift drift_of(World& world, const Json& resource) {
  const Json& made = get(world["resources"], resource.at("id"));
  if (made.is_null()) return {"DELETED", nullptr, Json::array()};
  Drift drift{"IN_SYNC", made.at("properties"), Json::array()};
  for (const auto& [name, value] : get(made, "changed_by_hand").items()) {
    const Json& expected = get(made.at("properties"), name);
    drift.status = "MODIFIED";
    drift.actual[name] = value;
    drift.differences.push_back({{"PropertyPath", "/" + name},
                                 {"ExpectedValue", text_of(expected)},
                                 {"ActualValue", text_of(value)},
                                 {"DifferenceType", expected.is_null() ? "ADD" : "NOT_EQUAL"}});
  }
  return drift;
}

std::string stack_drift(World& world, const Json& stack, int& drifted) {
  for (const auto& [logical_id, resource] : stack.at("resources").items()) {
    drifted += drift_of(world, resource).status != "IN_SYNC";
  }
  return drifted > 0 ? "DRIFTED" : "IN_SYNC";
}

Json detect(World& world, const Request& request) {
  Json& stack = require_stack(world, request.required("stack-name"));
  const std::string id = World::hex(text_of(stack["id"]) + world.now(), 32);
  world["detections"][id] = {{"stack", stack["name"]}, {"time", world.now()}};
  return {{"StackDriftDetectionId", id}};
}

Json status(World& world, const Request& request) {
  const std::string id = request.required("stack-drift-detection-id");
  const Json detection = get(world["detections"], id);
  if (detection.is_null()) throw ValidationError(format("Drift detection {} does not exist", id));
  Json& stack = require_stack(world, detection.at("stack"));
  int drifted = 0;
  stack["drift"] = stack_drift(world, stack, drifted);
  return {{"StackId", stack["id"]},
          {"StackDriftDetectionId", id},
          {"StackDriftStatus", stack["drift"]},
          {"DetectionStatus", "DETECTION_COMPLETE"},
          {"DriftedStackResourceCount", drifted},
          {"Timestamp", detection.at("time")}};
}

Json resources(World& world, const Request& request) {
  const Json& stack = require_stack(world, request.required("stack-name"));
  const std::vector<std::string> wanted = request.list("stack-resource-drift-status-filters");
  Json out = {{"StackResourceDrifts", Json::array()}};
  for (const auto& [logical_id, resource] : stack.at("resources").items()) {
    const Drift drift = drift_of(world, resource);
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), drift.status) == wanted.end()) continue;
    Json each = {{"StackId", stack.at("id")},
                 {"LogicalResourceId", logical_id},
                 {"PhysicalResourceId", physical_id(resource.at("id"))},
                 {"ResourceType", resource.at("type")},
                 {"StackResourceDriftStatus", drift.status},
                 {"Timestamp", world.now()},
                 {"PropertyDifferences", drift.differences}};
    if (!drift.actual.is_null()) each["ActualProperties"] = drift.actual.dump();
    out["StackResourceDrifts"].push_back(each);
  }
  return paginate(request, out, "StackResourceDrifts");
}

}  // namespace

void add_drift(Commands& commands) {
  commands["cloudformation.detect-stack-drift"] = detect;
  commands["cloudformation.describe-stack-drift-detection-status"] = status;
  commands["cloudformation.describe-stack-resource-drifts"] = resources;
}

}  // namespace scripted_aws
