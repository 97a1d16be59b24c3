#pragma once

#include "trireme/cloud/deploy/aws.h"

/// Lists of a snapshot about the network.
namespace trireme::cloud {

Json subnets(const Aws& aws);
Json vpcs(const Aws& aws);
/// With the way that its default route takes out of the VPC: internet (an internet gateway), private or none.
Json route_tables(const Aws& aws);
/// With a rule for each peer: a group, or a block of addresses.
Json security_groups(const Aws& aws);

}  // namespace trireme::cloud
