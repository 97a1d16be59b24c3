#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::batch {

/// How an instance of the group is made: every network card as EC2 wants it, capacity, disks, file systems.
Handle<NameKind> add_launch_template(Stack& stack, const Cluster& cluster, const NodeGroup& group);

}  // namespace trireme::cloud::batch
