#include "trireme/cloud/description/check.h"

#include <algorithm>
#include <set>

#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

/// AWS gives a resource at most 50 tags, and ParallelCluster, Batch and CloudFormation add their own.
constexpr size_t kMaxTags = 40;

void check_place(const Cluster& cluster, Findings& findings) {
  findings.require("cluster.name", !cluster.name.empty(), "name = \"llama\"");
  findings.require("cluster.region", !cluster.region.empty(), "region = \"us-east-2\"");
  const std::vector<std::string>& zones = cluster.zones;
  if (!cluster.zone.empty() && !zones.empty()) {
    findings.error("cluster.zones", "stands beside cluster.zone",
                   "keep one of the two; zone = \"\" takes back a base's");
  }
  if (zones.size() > 6) {
    findings.error("cluster.zones", format("at most 6 zones, got {}", zones.size()), "the first holds the workers");
  }
  if (std::set<std::string>(zones.begin(), zones.end()).size() != zones.size()) {
    findings.error("cluster.zones", "names a zone twice", "name each zone once");
  }
  if (zones.empty() && !cluster.network.adopted()) {
    findings.require("cluster.zone", !cluster.zone.empty(), "zone = \"use2-az3\"");
  }
  if (cluster.tags.size() > kMaxTags) {
    findings.error("cluster.tags",
                   format("{} tags: a resource has at most 50, and AWS services add their own", cluster.tags.size()),
                   format("keep at most {}", kMaxTags));
  }
}

void check_accounting(const Cluster& cluster, Findings& findings) {
  const Accounting& accounting = cluster.accounting;
  if (accounting.kind == "none") return;
  if (!cluster.runs_slurm()) {
    findings.error("accounting.kind", format("{} has no Slurm to account for", cluster.orchestrator),
                   "write kind = \"none\"");
  }
  if (accounting.kind == "adopted") {
    findings.require("accounting.host", !accounting.host.empty(), "host = \"HOST:3306\"");
    findings.require("accounting.secret", !accounting.secret.empty(), "secret = \"arn:aws:secretsmanager:…\"");
    return;
  }
  if (accounting.min_capacity > accounting.max_capacity) {
    findings.error("accounting.min_capacity", format("must be at most max_capacity = {}, got {}",
                                                     accounting.max_capacity, accounting.min_capacity));
  }
  const std::vector<std::string>& subnets = cluster.network.database_subnets;
  if (cluster.network.adopted()) {
    if (std::set<std::string>(subnets.begin(), subnets.end()).size() < 2) {
      findings.error("network.database_subnets", "Aurora needs subnets in two zones", "name two subnets of the VPC");
    }
  } else if (cluster.all_zones().size() < 2) {
    findings.error("accounting.kind", "Aurora needs subnets in two zones",
                   "write cluster.zones with two zones, workers in the first");
  }
}

/// CloudWatch Logs keeps logs for set periods: PutRetentionPolicy, Amazon CloudWatch Logs API Reference.
void check_retention(const std::string& key, int64_t days, Findings& findings) {
  static const std::vector<int64_t> kPeriods = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                                365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
  if (days == 0 || std::binary_search(kPeriods.begin(), kPeriods.end(), days)) return;
  const auto above = std::upper_bound(kPeriods.begin(), kPeriods.end(), days);
  findings.error(key, format("CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90 … days, not {}", days),
                 format("write {}", above == kPeriods.end() ? kPeriods.back() : *above));
}

void check_monitoring(const Cluster& cluster, Findings& findings) {
  check_retention("network.flow_log_days", cluster.network.flow_log_days, findings);
  check_retention("monitoring.log_days", cluster.monitoring.log_days, findings);
  if (!cluster.monitoring.hyperpod.empty() && cluster.monitoring.email.empty()) {
    findings.error("monitoring.hyperpod", "there is nobody to tell", "write email = \"ops@example.com\"");
  }
}

}  // namespace

void check_options(LoadedCluster& loaded, const std::string& file) {
  Findings findings(loaded, file);
  check_place(loaded.cluster, findings);
  check_network(loaded.cluster, findings);
  check_nodes(loaded.cluster, findings);
  check_storage(loaded.cluster, findings);
  check_accounting(loaded.cluster, findings);
  check_monitoring(loaded.cluster, findings);
}

}  // namespace trireme::cloud
