#include <algorithm>

#include "trireme/cloud/description/check.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

std::vector<const NodeGroup*> Cluster::with_role(const std::string& role) const {
  std::vector<const NodeGroup*> found;
  for (const NodeGroup& group : nodes) {
    if (group.role == role) found.push_back(&group);
  }
  return found;
}

namespace {

/// Roles that an orchestrator has instances for. Groups of others make nothing, so that a base fits them all.
bool makes(const Cluster& cluster, const std::string& role) {
  if (role == "worker") return true;
  if (role == "system") return cluster.on("eks") || cluster.on("hyperpod-eks");
  return cluster.runs_slurm();  // controller, login
}

void check_capacity(const NodeGroup& group, const std::string& prefix, const Cluster& cluster, Findings& findings) {
  const auto& [kind, id] = group.capacity;
  if (kind == "on-demand") return;
  if (group.role != "worker") {
    findings.error(prefix + "capacity.kind", format("\"{}\" is for workers, not for role \"{}\"", kind, group.role),
                   "write kind = \"on-demand\"");
  }
  if (kind == "spot") return;
  const bool takes_arn = kind == "reservation-group" || kind == "training-plan";
  const std::string form = takes_arn ? "an ARN" : "an id such as cr-0123456789abcdef0";
  if (id.empty()) {
    findings.error(prefix + "capacity.kind", format("\"{}\" needs {}", kind, form),
                   takes_arn ? "add id = \"arn:…\"" : "add id = \"cr-…\"");
  } else if (takes_arn != (id.rfind("arn:", 0) == 0)) {
    findings.error(prefix + "capacity.id", format("\"{}\" takes {}, got \"{}\"", kind, form, id));
  }
  if (kind == "training-plan" && cluster.orchestrator.rfind("hyperpod", 0) != 0) {
    findings.error(prefix + "capacity.kind", "training plans are for HyperPod", "use a reservation or a block");
  }
  if (kind == "block" && group.max_count > group.count) {
    findings.error(prefix + "max_count", "a capacity block is paid for while it lasts: run all of it",
                   "remove max_count");
  }
}

void check_group(const NodeGroup& group, const Cluster& cluster, Findings& findings) {
  const std::string prefix = "nodes." + group.name + ".";
  findings.require(prefix + "instance", !group.instance.empty(), "instance = \"p5.48xlarge\"");
  if (!makes(cluster, group.role)) {
    findings.info(prefix + "role", format("{} starts no instance of role \"{}\": [nodes.{}] makes nothing",
                                          cluster.orchestrator, group.role, group.name));
  }
  if (group.role == "controller" && (group.count != 1 || group.most() != 1)) {
    findings.error(prefix + "count", format("one controller, got {}", std::max(group.count, group.most())),
                   "write count = 1");
  } else if (group.max_count > 0 && group.max_count < group.count) {
    findings.error(prefix + "max_count", format("must be at least count = {}, got {}", group.count, group.max_count));
  } else if (group.most() == 0) {
    findings.error(prefix + "count", "a group of no instances", "write count = 1, or max_count");
  }
  check_capacity(group, prefix, cluster, findings);
}

}  // namespace

void check_nodes(const Cluster& cluster, Findings& findings) {
  if (cluster.with_role("worker").empty()) {
    findings.error("nodes", "no group has role = \"worker\"", "add [nodes.gpu] with instance and count");
  }
  const size_t controllers = cluster.with_role("controller").size();
  if (cluster.runs_slurm() && controllers != 1) {
    findings.error("nodes",
                   format("{} groups have role = \"controller\"; {} needs one", controllers, cluster.orchestrator),
                   "add [nodes.head] with role = \"controller\" and an instance");
  }
  for (const NodeGroup& group : cluster.nodes) check_group(group, cluster, findings);
}

}  // namespace trireme::cloud
