#pragma once

#include "trireme/catalog/region.h"
#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/targets/network/subnets.h"
#include "trireme/cloud/template/stack.h"

namespace trireme::cloud::network {

/// Endpoints of facts/vpc_endpoints.tsv: the gateways always, since they cost nothing and spare NAT; the interfaces
/// that the orchestrator calls in a closed network.
void add_endpoints(Stack& stack, const Cluster& cluster, const catalog::Region& region, const VpcId& vpc,
                   const Subnets& subnets);

}  // namespace trireme::cloud::network
