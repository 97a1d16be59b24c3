#include "trireme/cloud/preflight/preflight.h"

#include <algorithm>
#include <tuple>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

std::span<const Domain> rule_domains() {
  static const Domain kDomains[] = {
      {"Nodes", "Instance types and what they can be started as.", node_rules()},
      {"EFA", "Interfaces, security groups and subnets that EFA needs.", efa_rules()},
      {"Capacity", "Reservations, capacity blocks, spot and placement.", capacity_rules()},
      {"Network", "Blocks of addresses, subnets, gateways and routes.", network_rules()},
      {"Traffic", "Ports that security groups let through.", traffic_rules()},
      {"Quotas", "What an account may have, by its snapshot.", quota_rules()},
      {"Lustre", "Amazon FSx for Lustre.", lustre_rules()},
      {"Storage", "Amazon FSx for OpenZFS, mounts and what happens to data.", storage_rules()},
      {"Databases", "Amazon RDS and Aurora.", database_rules()},
      {"Images", "Operating systems, machine images and container images.", image_rules()},
      {"Software", "Versions and environment variables.", software_rules()},
      {"Names", "Lengths and characters that AWS takes.", name_rules()},
      {"References", "What a template mentions must be there.", reference_rules()},
      {"Templates", "Parameters, conditions and limits of CloudFormation.", template_rules()},
      {"Security", "Permissions, secrets and doors left open.", security_rules()},
      {"Buckets", "Amazon S3.", bucket_rules()},
      {"Jobs", "Containers of AWS Batch and Kubernetes.", job_rules()},
      {"ParallelCluster", "What only AWS ParallelCluster asks.", pcluster_rules()},
  };
  return kDomains;
}

std::vector<Finding> preflight(const std::vector<Model>& models, const Account* account, const std::string& today) {
  Judge judge(models, account, today);
  for (const Model& model : models) {
    for (const Domain& domain : rule_domains()) {
      for (const Rule& rule : domain.rules) {
        judge.start(rule);
        rule.check(model, judge);
      }
    }
  }
  std::vector<Finding> findings = judge.take();
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.place.file, a.place.line) < std::tie(b.place.file, b.place.line);
  });
  return findings;
}

std::string preflight_markdown() {
  std::string text;
  for (const Domain& domain : rule_domains()) {
    text += format("## {}\n\n{}\n\n| rule | severity | what must hold | remedy | source |\n|---|---|---|---|---|\n",
                   domain.name, domain.summary);
    for (const Rule& rule : domain.rules) {
      text += format("| `{}` | {} | {} | {} | {} |\n", rule.id, to_string(rule.level), rule.summary, rule.remedy,
                     rule.source);
    }
    text += "\n";
  }
  text.pop_back();
  return text;
}

}  // namespace trireme::cloud
