#pragma once

#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/template/stack.h"

namespace trireme::cloud::network {

/// Flow logs of the VPC to CloudWatch, kept for network.flow_log_days; nothing when that is 0.
void add_flow_logs(Stack& stack, const Cluster& cluster, const VpcId& vpc);

}  // namespace trireme::cloud::network
