#include "trireme/cloud/watch/nodes.h"

#include <map>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/cloud/targets/batch/launch_template.h"

namespace trireme::cloud {

namespace {

using Tags = std::map<std::string, std::string>;

Tags tags_of(const Json& instance) {
  Tags tags;
  for (const Json& tag : instance.value("Tags", Json::array())) tags[tag.at("Key")] = tag.at("Value");
  return tags;
}

/// ParallelCluster names queues and pools after the groups; the head node is the controller.
std::string group_of(const Cluster& cluster, Tags tags) {
  if (cluster.on("batch")) return tags[batch::kGroupTag];
  const std::string& kind = tags["parallelcluster:node-type"];
  if (kind == "HeadNode") return cluster.with_role("controller").at(0)->name;
  return tags[kind == "LoginNode" ? "parallelcluster:login-nodes-pool" : "parallelcluster:queue-name"];
}

struct Reason {
  std::string text;
  bool failed = false;
};

/// StateReason with the advice of facts/instance_state_reasons.tsv.
Reason reason_of(const Json& instance) {
  const Json state = instance.value("StateReason", Json::object());
  const std::string code = state.value("Code", "");
  Reason reason{.text = state.value("Message", instance.value("StateTransitionReason", "")), .failed = false};
  const auto table = catalog::Table::read(catalog::facts_folder() / "instance_state_reasons.tsv");
  for (size_t row = 0; row < table.size(); ++row) {
    if (table.text(row, "code") != code) continue;
    reason.failed = table.boolean(row, "failed").value_or(false);
    if (reason.failed) reason.text += "; next: " + table.text(row, "remedy");
  }
  return reason;
}

/// "User initiated (2026-01-01 00:00:00 GMT)" tells when the instance stopped; before that, its launch counts.
std::string since_of(const Json& instance) {
  const std::string transition = instance.value("StateTransitionReason", "");
  const size_t open = transition.find('('), close = transition.rfind(')');
  if (open != std::string::npos && close != std::string::npos && close > open)
    return transition.substr(open + 1, close - open - 1);
  return instance.value("LaunchTime", "");
}

}  // namespace

std::vector<Sighting> find_nodes(const Aws& aws, const Cluster& cluster) {
  const std::string tag = cluster.on("batch") ? batch::kClusterTag : "parallelcluster:cluster-name";
  const Json request = {{"Filters", {{{"Name", "tag:" + tag}, {"Values", {cluster.name}}}}}};
  std::vector<Sighting> nodes;
  const Json answer = aws.call("ec2", "describe-instances", request);
  for (const Json& reservation : answer.at("Reservations")) {
    for (const Json& instance : reservation.at("Instances")) {
      const Reason reason = reason_of(instance);
      nodes.push_back({.kind = "node",
                       .group = group_of(cluster, tags_of(instance)),
                       .id = instance.at("InstanceId"),
                       .type = instance.at("InstanceType"),
                       .zone = instance.at("Placement").value("AvailabilityZone", ""),
                       .state = instance.at("State").at("Name"),
                       .since = since_of(instance),
                       .reason = reason.text,
                       .failed = reason.failed});
    }
  }
  return nodes;
}

}  // namespace trireme::cloud
