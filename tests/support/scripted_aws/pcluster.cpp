// The command pcluster. A cluster is a stack of its name, as it is for ParallelCluster, with a head node and a template
// of its compute nodes.
#include <algorithm>
#include <regex>
#include <sstream>

#include "commands.h"
#include "stack.h"
#include "trireme/core/file.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

constexpr char kVersion[] = "3.16.1";
constexpr char kDryRun[] = "Request would have succeeded, but DryRun flag is set.";

struct PclusterError : AwsError {
  explicit PclusterError(const std::string& message) : AwsError("pcluster", message) {}
};

Json& require_cluster(World& world, const std::string& name) {
  Json* stack = world["clusters"].contains(name) ? find_stack(world, name) : nullptr;
  if (stack == nullptr) {
    throw PclusterError(
        format("Cluster '{}' does not exist or belongs to an incompatible ParallelCluster major version.", name));
  }
  if (text_of((*stack)["status"]).starts_with("UPDATE_ROLLBACK")) {
    Json& cluster = world["clusters"][name];
    cluster["configuration"] = cluster["previous"];
  }
  return *stack;
}

std::string cluster_status(const std::string& stack_status) {
  if (stack_status == "ROLLBACK_IN_PROGRESS" || stack_status == "ROLLBACK_COMPLETE" ||
      stack_status == "ROLLBACK_FAILED")
    return "CREATE_FAILED";
  if (stack_status.starts_with("UPDATE_ROLLBACK")) return "UPDATE_FAILED";
  if (stack_status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") return "UPDATE_IN_PROGRESS";
  return stack_status;
}

/// pcluster's way to write a time.
std::string time_of(const Json& time) { return text_of(time).substr(0, 19) + ".000Z"; }

Json summary(World& world, const Json& stack) {
  return {{"clusterName", stack.at("name")},
          {"region", world.region()},
          {"version", kVersion},
          {"cloudformationStackArn", stack.at("id")},
          {"cloudformationStackStatus", stack.at("status")},
          {"clusterStatus", cluster_status(stack.at("status"))},
          {"scheduler", {{"type", "slurm"}}}};
}

/// "value" of "key: value" or "- key: value", as YAML writes it plainly or in quotes; empty for another key.
std::string yaml_value(const std::string& line, const std::string& key) {
  static const std::regex kLine(R"([ -]*(\w+): *["']?(.*?)["']? *)");
  std::smatch found;
  return std::regex_match(line, found, kLine) && found[1] == key ? found[2].str() : "";
}

/// The section Tags, which ParallelCluster puts on its stack.
Json tags_in(const std::string& configuration) {
  Json tags = {{{"Key", "parallelcluster:version"}, {"Value", kVersion}}};
  std::istringstream lines(configuration);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_of(" -") != 0) inside = line == "Tags:";
    if (!inside) continue;
    if (const std::string key = yaml_value(line, "Key"); !key.empty()) tags.push_back({{"Key", key}, {"Value", ""}});
    if (const std::string value = yaml_value(line, "Value"); !value.empty()) tags.back()["Value"] = value;
  }
  return tags;
}

Desired desired_of(const std::string& name, const Json& created, const std::string& configuration) {
  Desired desired;
  const std::string log_group = format("/aws/parallelcluster/{}-{}", name, World::hex(text_of(created), 12));
  desired.document = {
      {"Resources",
       {{"HeadNode", {{"Type", "AWS::EC2::Instance"}, {"Properties", {{"InstanceType", "m5.large"}}}}},
        {"CloudWatchLogGroup",
         {{"Type", "AWS::Logs::LogGroup"},
          {"DeletionPolicy", "Retain"},
          {"Properties", {{"LogGroupName", log_group}}}}},
        {"ComputeFleetLaunchTemplate",
         {{"Type", "AWS::EC2::LaunchTemplate"}, {"Properties", {{"Configuration", World::hex(configuration, 16)}}}}}}}};
  desired.text = desired.document.dump();
  desired.tags = tags_in(configuration);
  return desired;
}

/// The configuration file; pcluster wants a mapping, and says so.
std::string read_configuration(const Request& request) {
  const std::string text = trireme::read_file(request.required("cluster-configuration"));
  if (text.find("HeadNode:") == std::string::npos)
    throw PclusterError("Bad Request: Configuration must be a valid YAML document");
  return text;
}

bool is_dry_run(const Request& request) { return request.text("dryrun").value_or("false") == "true"; }

Json create(World& world, const Request& request) {
  const std::string name = request.required("cluster-name"), configuration = read_configuration(request);
  static const std::regex kName("[a-zA-Z][a-zA-Z0-9-]+");
  if (!std::regex_match(name, kName)) {
    throw PclusterError(format("Bad Request: '{}' does not match '^[a-zA-Z][a-zA-Z0-9-]+$' - 'cluster-name'", name));
  }
  if (find_stack(world, name)) throw PclusterError(format("Cluster '{}' already exists.", name));
  if (is_dry_run(request)) throw PclusterError(kDryRun);
  Json& stack = add_stack(world, name);
  stack["events"].clear();  // ParallelCluster makes its stack without a change set to review
  world["clusters"][name] = {{"configuration", configuration}};
  start_deploy(world, stack, desired_of(name, stack["created"], configuration),
               request.text("rollback-on-failure") == "false" ? "DO_NOTHING" : "ROLLBACK");
  return {{"cluster", summary(world, stack)}};
}

/// Lines of `text` that `other` has not, as (key, value).
std::vector<std::pair<std::string, std::string>> own_lines(const std::string& text, const std::string& other) {
  std::vector<std::pair<std::string, std::string>> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (("\n" + other + "\n").find("\n" + line + "\n") != std::string::npos) continue;
    const size_t from = std::min(line.find_first_not_of(" -"), line.size()), colon = line.find(':');
    out.emplace_back(line.substr(from, colon - from),
                     colon == std::string::npos ? line : line.substr(std::min(colon + 2, line.size())));
  }
  return out;
}

Json update(World& world, const Request& request) {
  const std::string name = request.required("cluster-name"), configuration = read_configuration(request);
  Json& stack = require_cluster(world, name);
  const std::string before = world["clusters"][name]["configuration"];
  if (before == configuration) throw PclusterError("Bad Request: No changes found in your cluster configuration.");
  if (stack.contains("operation"))
    throw PclusterError("Bad Request: Cannot execute update while stack is in " + text_of(stack["status"]) +
                        " status.");
  if (is_dry_run(request)) throw PclusterError(kDryRun);
  Json changes = Json::array();
  for (const auto& [key, value] : own_lines(configuration, before))
    changes.push_back({{"parameter", key}, {"requestedValue", value}});
  for (const auto& [key, value] : own_lines(before, configuration)) {
    const auto same = std::find_if(changes.begin(), changes.end(),
                                   [&, &key = key](const Json& each) { return each["parameter"] == key; });
    if (same != changes.end())
      (*same)["currentValue"] = value;
    else
      changes.push_back({{"parameter", key}, {"currentValue", value}});
  }
  world["clusters"][name] = {{"configuration", configuration}, {"previous", before}};
  start_deploy(world, stack, desired_of(name, stack["created"], configuration), "ROLLBACK");
  return {{"cluster", summary(world, stack)}, {"changeSet", changes}};
}

Json remove(World& world, const Request& request) {
  Json& stack = require_cluster(world, request.required("cluster-name"));
  start_delete(world, stack);
  return {{"cluster", summary(world, stack)}};
}

Json list(World& world, const Request&) {
  std::vector<std::string> names;
  for (const auto& [name, cluster] : world["clusters"].items()) names.push_back(name);
  Json out = {{"clusters", Json::array()}};
  for (const std::string& name : names) {
    if (Json* stack = find_stack(world, name)) out["clusters"].push_back(summary(world, *stack));
  }
  return out;
}

Json instance(World& world, const Json& stack, const std::string& id) {
  const Json& made = get(world["resources"], id);
  return {{"instanceId", id},
          {"instanceType", "m5.large"},
          {"launchTime", time_of(stack.at("created"))},
          {"privateIpAddress", get(get(made, "attributes"), "PrivateIp")},
          {"state", "running"}};
}

/// The head node, once it is there.
Json head_node(World& world, const Json& stack) {
  const Json& id = get(get(stack.at("resources"), "HeadNode"), "id");
  return id.is_null() ? Json() : instance(world, stack, id);
}

/// What world["fleet_status"] says, for the test to set, or what fits the stack.
std::string fleet_status(World& world, const Json& stack) {
  if (!world["fleet_status"].is_null()) return world["fleet_status"];
  return text_of(stack.at("status")).ends_with("COMPLETE") ? "RUNNING" : "UNKNOWN";
}

Json describe(World& world, const Request& request) {
  const Json& stack = require_cluster(world, request.required("cluster-name"));
  Json out = summary(world, stack);
  out.erase("cloudformationStackStatus");
  Json tags = Json::array();
  for (const Json& tag : stack.at("tags")) tags.push_back({{"key", tag.at("Key")}, {"value", tag.at("Value")}});
  out.update({{"cloudFormationStackStatus", stack.at("status")},
              {"creationTime", time_of(stack.at("created"))},
              {"lastUpdatedTime", time_of(stack.at("updated"))},
              {"clusterConfiguration",
               {{"url", format("https://parallelcluster-{}-v1-do-not-delete.s3.amazonaws.com/{}.yaml",
                               World::hex(text_of(stack.at("id")), 16), text_of(stack.at("name")))}}},
              {"computeFleetStatus", fleet_status(world, stack)},
              {"tags", tags}});
  if (const Json head = head_node(world, stack); !head.is_null()) out["headNode"] = head;
  if (out["clusterStatus"] == "CREATE_FAILED") {
    out["failures"] = {{{"failureCode", "ResourceCreationFailure"}, {"failureReason", stack.at("reason")}}};
  }
  return out;
}

/// The head node, and as many compute nodes as world["compute_nodes"] says, for the test to set.
Json instances(World& world, const Request& request) {
  const Json& stack = require_cluster(world, request.required("cluster-name"));
  Json out = {{"instances", Json::array()}};
  if (Json head = head_node(world, stack); !head.is_null()) {
    head["nodeType"] = "HeadNode";
    out["instances"].push_back(head);
  }
  const int num_nodes = world["compute_nodes"].is_null() ? 0 : world["compute_nodes"].get<int>();
  for (int i = 0; i < num_nodes; ++i) {
    const std::string id = "i-" + World::hex(format("{}/{}", text_of(stack.at("name")), i), 17);
    Json node = instance(world, stack, id);
    node.update(
        {{"nodeType", "ComputeNode"}, {"queueName", "compute"}, {"privateIpAddress", format("10.0.1.{}", i + 10)}});
    out["instances"].push_back(node);
  }
  return out;
}

Json fleet(World& world, const Request& request) {
  const Json& stack = require_cluster(world, request.required("cluster-name"));
  return {{"status", fleet_status(world, stack)}, {"lastStatusUpdatedTime", time_of(stack.at("updated"))}};
}

Json events(World& world, const Request& request) {
  const Json& stack = require_cluster(world, request.required("cluster-name"));
  Json out = {{"events", Json::array()}};
  for (const Json& event : stack.at("events")) {
    Json shown = Json::object();
    for (const auto& [key, value] : event.items())
      shown[static_cast<char>(std::tolower(key[0])) + key.substr(1)] = value;
    shown["timestamp"] = time_of(event.at("Timestamp"));
    out["events"].insert(out["events"].begin(), shown);
  }
  return out;
}

}  // namespace

void add_pcluster(Commands& commands) {
  commands["pcluster.create-cluster"] = create;
  commands["pcluster.update-cluster"] = update;
  commands["pcluster.delete-cluster"] = remove;
  commands["pcluster.list-clusters"] = list;
  commands["pcluster.describe-cluster"] = describe;
  commands["pcluster.describe-cluster-instances"] = instances;
  commands["pcluster.describe-compute-fleet"] = fleet;
  commands["pcluster.get-cluster-stack-events"] = events;
}

}  // namespace scripted_aws
