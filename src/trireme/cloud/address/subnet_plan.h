#pragma once

#include <vector>

#include "trireme/cloud/address/cidr.h"

namespace trireme::cloud {

/// The blocks of a network's subnets, one of each kind a zone.
struct SubnetPlan {
  std::vector<Cidr> public_subnets;   // for head, login and NAT
  std::vector<Cidr> private_subnets;  // for workers, file systems and databases
};

/// The blocks that `zones` zones get. Private subnets share `secondary` when there is one, else the upper half of
/// `primary`: the first zone, where workers run, has half of it, and each further one half of what is left. Public
/// subnets are eighths of the lowest quarter of `primary`. So a zone that is added never moves the others. REQUIRES:
/// zones from 1 to 6.
/// Fails when a subnet would be smaller than the /28 that AWS allows ("Subnet CIDR blocks", Amazon VPC User Guide).
Result<SubnetPlan> plan_subnets(const Cidr& primary, const Cidr* secondary, int zones);

}  // namespace trireme::cloud
