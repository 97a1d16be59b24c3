#pragma once

#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/template/stack.h"

namespace trireme::cloud::network {

/// The group of all nodes and that of the file systems, each where it is needed.
void add_security_groups(Stack& stack, const Cluster& cluster);

}  // namespace trireme::cloud::network
