#include "trireme/cloud/description/check.h"

#include <algorithm>
#include <set>

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

class Checker {
 public:
  Checker(LoadedCluster& loaded, const std::string& file)
      : cluster_(loaded.cluster), origins_(loaded.origins), diagnostics_(loaded.diagnostics), file_(file) {}

  void check() {
    require("cluster.name", cluster_.name, "name = \"llama\"");
    require("cluster.region", cluster_.region, "region = \"us-east-2\"");
    check_zones();
    check_network();
    check_nodes();
    for (const Storage& storage : cluster_.storage) check_storage(storage);
    check_mounts();
    check_accounting();
    if (cluster_.tags.size() > 40) {
      error("cluster.tags",
            format("{} tags: a resource has at most 50, and AWS services add their own", cluster_.tags.size()),
            "keep at most 40");
    }
  }

 private:
  void error(const std::string& key, const std::string& message, const std::string& hint = {}) {
    SourceLocation where = config::origin_of(origins_, key);
    if (where.file.empty()) where = {file_, 1, 1};
    diagnostics_.error(key, message, hint, where);
  }
  void info(const std::string& key, const std::string& message) {
    diagnostics_.add({Severity::kInfo, config::origin_of(origins_, key), key, message, {}});
  }
  void require(const std::string& key, const std::string& value, const std::string& example) {
    if (!value.empty()) return;
    // A value of the wrong form was refused already.
    for (const Diagnostic& item : diagnostics_.items()) {
      if (item.key == key) return;
    }
    error(key, "is missing", "write " + example);
  }

  void check_zones() {
    const std::vector<std::string>& zones = cluster_.zones;
    if (!cluster_.zone.empty() && !zones.empty()) {
      error("cluster.zones", "stands beside cluster.zone", "keep one of the two");
    }
    if (zones.size() > 6)
      error("cluster.zones", format("at most 6 zones, got {}", zones.size()), "a region rarely has more");
    if (std::set<std::string>(zones.begin(), zones.end()).size() != zones.size()) {
      error("cluster.zones", "names a zone twice", "each zone once");
    }
    if (zones.empty() && !cluster_.network.adopted()) require("cluster.zone", cluster_.zone, "zone = \"use2-az3\"");
  }

  void check_network() {
    const Network& network = cluster_.network;
    if (network.adopted()) {
      require("network.subnet", network.subnet, "the private subnet of the VPC: subnet = \"subnet-…\"");
      if (cluster_.accounting.kind == "aurora" && network.database_subnets.size() < 2) {
        error("network.database_subnets", "Aurora needs subnets in two zones", "name two subnets of the VPC");
      }
    }
    check_retention("network.flow_log_days", network.flow_log_days);
    check_retention("monitoring.log_days", cluster_.monitoring.log_days);
  }

  /// CloudWatch Logs keeps logs for set periods: PutRetentionPolicy, Amazon CloudWatch Logs API Reference.
  void check_retention(const std::string& key, int64_t days) {
    static const std::vector<int64_t> kPeriods = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                                  365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
    if (days == 0 || std::count(kPeriods.begin(), kPeriods.end(), days) > 0) return;
    const auto above = std::upper_bound(kPeriods.begin(), kPeriods.end(), days);
    const int64_t near = above == kPeriods.end() ? kPeriods.back() : *above;
    error(key, format("CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90 … days, not {}", days),
          format("write {}", near));
  }

  void check_nodes() {
    if (cluster_.with_role("worker").empty()) {
      error("nodes", "no group has role = \"worker\"", "add [nodes.gpu] with role, instance and count");
    }
    const size_t controllers = cluster_.with_role("controller").size();
    const bool needs_controller = cluster_.on("parallelcluster") || cluster_.on("hyperpod-slurm");
    if (needs_controller && controllers != 1) {
      error("nodes", format("{} groups have role = \"controller\"; {} needs one", controllers, cluster_.orchestrator),
            "add [nodes.head] with role = \"controller\" and an instance");
    }
    for (const NodeGroup& group : cluster_.nodes) check_group(group, needs_controller);
  }

  void check_group(const NodeGroup& group, bool has_controller) {
    const std::string prefix = "nodes." + group.name + ".";
    require(prefix + "instance", group.instance, "instance = \"p5.48xlarge\"");
    if (group.role == "controller" && !has_controller) {
      info(prefix + "role",
           format("{} runs its own controller: [nodes.{}] makes nothing", cluster_.orchestrator, group.name));
    }
    if (group.role == "controller" && group.most() != 1)
      error(prefix + "count", format("one controller, got {}", group.most()));
    if (group.max_count > 0 && group.max_count < group.count) {
      error(prefix + "max_count", format("must be at least count = {}, got {}", group.count, group.max_count));
    }
    if (group.most() == 0) error(prefix + "count", "a group of no instances", "write count = 1, or max_count");
    check_capacity(group, prefix);
  }

  void check_capacity(const NodeGroup& group, const std::string& prefix) {
    const auto& [kind, id] = group.capacity;
    const bool takes_id = kind != "on-demand" && kind != "spot";
    const bool takes_arn = kind == "reservation-group" || kind == "training-plan";
    if (takes_id && id.empty()) {
      error(prefix + "capacity.kind", format("\"{}\" needs the id of what is reserved", kind), "add id = \"cr-…\"");
    } else if (takes_id && takes_arn != (id.rfind("arn:", 0) == 0)) {
      error(prefix + "capacity.id", format("\"{}\" takes {}, got \"{}\"", kind,
                                           takes_arn ? "an ARN" : "an id such as cr-0123456789abcdef0", id));
    }
    if (kind == "training-plan" && cluster_.orchestrator.rfind("hyperpod", 0) != 0) {
      error(prefix + "capacity.kind", "training plans are for HyperPod", "use a reservation or a block");
    }
    if (takes_id && group.role != "worker") {
      error(prefix + "capacity.kind", format("reserved capacity is for workers, not for role \"{}\"", group.role));
    }
    if ((kind == "reservation" || kind == "block") && group.most() > 0 && group.max_count > group.count &&
        kind == "block") {
      error(prefix + "max_count", "a capacity block is paid for while it lasts: run all of it", "remove max_count");
    }
  }

  void check_storage(const Storage& storage) {
    const std::string prefix = "storage." + storage.name + ".";
    const bool bucket = storage.kind == "bucket";
    if (!bucket && storage.mount.empty()) require(prefix + "mount", "", "mount = \"/fsx\"");
    if (!bucket && storage.id.empty()) {
      if (storage.size_gib == 0) require(prefix + "size_gib", "", "size_gib = 1200");
      if (storage.throughput == 0 && storage.deployment != "scratch-2")
        require(prefix + "throughput", "", "throughput = 250");
    }
    if (storage.kind == "lustre" && !storage.id.empty() && storage.id.rfind("fs-", 0) != 0) {
      error(prefix + "id", format("a Lustre file system is called fs-…, got \"{}\"", storage.id));
    }
    if (storage.kind == "openzfs" && !storage.id.empty() && storage.id.rfind("fsvol-", 0) != 0) {
      error(prefix + "id", format("OpenZFS is mounted by volume, fsvol-…, got \"{}\"", storage.id),
            "aws fsx describe-volumes lists them");
    }
    const bool lustre_kind = storage.deployment == "scratch-2" || storage.deployment.rfind("persistent", 0) == 0;
    if (!storage.deployment.empty() && !bucket && lustre_kind != (storage.kind == "lustre")) {
      error(prefix + "deployment", format("\"{}\" is no deployment of {}", storage.deployment, storage.kind));
    }
  }

  void check_mounts() {
    std::set<std::string> taken;
    for (const Storage& storage : cluster_.storage) {
      if (!storage.mount.empty() && !taken.insert(storage.mount).second) {
        error("storage." + storage.name + ".mount", format("{} is mounted twice", storage.mount),
              "give each its own path");
      }
    }
    for (const NodeGroup& group : cluster_.nodes) {
      if (taken.count(group.scratch) > 0) {
        error("nodes." + group.name + ".scratch", format("{} is a shared file system's mount", group.scratch));
      }
    }
  }

  void check_accounting() {
    const Accounting& accounting = cluster_.accounting;
    if (accounting.kind == "none") return;
    if (!cluster_.on("parallelcluster") && !cluster_.on("hyperpod-slurm")) {
      error("accounting.kind", format("{} has no Slurm to account for", cluster_.orchestrator), "remove [accounting]");
    }
    if (accounting.kind == "adopted") {
      require("accounting.host", accounting.host, "host = \"HOST:3306\"");
      require("accounting.secret", accounting.secret, "secret = \"arn:aws:secretsmanager:…\"");
    } else {
      if (accounting.min_capacity > accounting.max_capacity) {
        error("accounting.min_capacity",
              format("must be at most max_capacity = {}, got {}", accounting.max_capacity, accounting.min_capacity));
      }
      if (cluster_.all_zones().size() < 2 && !cluster_.network.adopted()) {
        error("accounting.kind", "Aurora needs subnets in two zones",
              "write cluster.zones with two zones, workers in the first");
      }
    }
  }

  const Cluster& cluster_;
  const config::Origins& origins_;
  Diagnostics& diagnostics_;
  const std::string& file_;
};

}  // namespace

void check_options(LoadedCluster& loaded, const std::string& file) { Checker(loaded, file).check(); }

}  // namespace trireme::cloud
