#pragma once

#include "trireme/cloud/synthesis.h"

/// The cluster's network, created or adopted: other targets ask here and never look whether it is one or the other.
namespace trireme::cloud::network {

bool applies(const Cluster& cluster);
void render(Synthesis& synthesis);

VpcId vpc(const Cluster& cluster);
/// Of the first zone: workers, file systems.
SubnetId worker_subnet(const Cluster& cluster);
/// For head and login nodes: the workers', unless Cluster::login_is_public().
SubnetId login_subnet(const Cluster& cluster);
/// In two zones at least.
std::vector<SubnetId> database_subnets(const Cluster& cluster);
/// Every node is a member. All traffic between members passes in and out, as EFA requires.
SecurityGroupId node_group(const Cluster& cluster);
/// Of the file systems: what their protocols need, from members of node_group().
SecurityGroupId storage_group(const Cluster& cluster);

}  // namespace trireme::cloud::network
