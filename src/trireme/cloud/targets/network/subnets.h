#pragma once

#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/template/stack.h"

namespace trireme::cloud::network {

/// What the subnets of a created VPC offer to the rest of its stack.
struct Subnets {
  std::vector<SubnetId> private_subnets;   // one a zone
  std::vector<RouteTableId> route_tables;  // of all subnets, for gateway endpoints
};

/// Public and private subnets of each zone with their routes: to an internet gateway, and through one NAT gateway,
/// one a zone, or none.
Subnets add_subnets(Stack& stack, const Cluster& cluster, const VpcId& vpc);

}  // namespace trireme::cloud::network
