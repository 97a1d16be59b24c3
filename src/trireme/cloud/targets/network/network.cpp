#include "trireme/cloud/targets/network/network.h"

#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/targets/network/endpoints.h"
#include "trireme/cloud/targets/network/flow_logs.h"
#include "trireme/cloud/targets/network/security_groups.h"
#include "trireme/cloud/targets/network/subnets.h"

namespace trireme::cloud::network {

bool applies(const Cluster&) { return true; }

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  Stack stack(contracts::stack_name(cluster, "network"), "Network of the cluster " + cluster.name);
  if (!cluster.network.adopted()) {
    const Handle<VpcKind> vpc = stack.add<VpcKind>("Vpc", "AWS::EC2::VPC",
                                                   {{"CidrBlock", cluster.network.cidr},
                                                    {"EnableDnsHostnames", true},
                                                    {"EnableDnsSupport", true},
                                                    {"Tags", name_tag(cluster.name)}});
    stack.export_value(contracts::vpc(cluster), vpc.id(), "The VPC");
    const Subnets subnets = add_subnets(stack, cluster, vpc.id());
    add_endpoints(stack, cluster, synthesis.region(), vpc.id(), subnets);
    add_flow_logs(stack, cluster, vpc.id());
  }
  add_security_groups(stack, cluster);
  if (!stack.empty()) synthesis.add_stack(stack);
}

VpcId vpc(const Cluster& cluster) {
  return cluster.network.adopted() ? VpcId(cluster.network.vpc) : contracts::vpc(cluster).imported();
}

SubnetId worker_subnet(const Cluster& cluster) {
  if (cluster.network.adopted()) return SubnetId(cluster.network.subnet);
  return contracts::private_subnet(cluster, 0).imported();
}

SubnetId login_subnet(const Cluster& cluster) {
  if (!cluster.login_is_public()) return worker_subnet(cluster);
  if (cluster.network.adopted()) return SubnetId(cluster.network.public_subnet);
  return contracts::public_subnet(cluster, 0).imported();
}

std::vector<SubnetId> database_subnets(const Cluster& cluster) {
  std::vector<SubnetId> subnets;
  if (cluster.network.adopted()) {
    for (const std::string& id : cluster.network.database_subnets) subnets.emplace_back(id);
    return subnets;
  }
  for (size_t zone = 0; zone < cluster.all_zones().size(); ++zone) {
    subnets.push_back(contracts::private_subnet(cluster, zone).imported());
  }
  return subnets;
}

SecurityGroupId node_group(const Cluster& cluster) {
  const std::string& adopted = cluster.network.security_group;
  return adopted.empty() ? contracts::node_group(cluster).imported() : SecurityGroupId(adopted);
}

SecurityGroupId storage_group(const Cluster& cluster) { return contracts::storage_group(cluster).imported(); }

}  // namespace trireme::cloud::network
