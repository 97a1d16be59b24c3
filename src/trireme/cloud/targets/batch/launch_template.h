#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::batch {

/// Tags of the instances and volumes that are made with it.
inline constexpr const char* kClusterTag = "trireme:cluster";
inline constexpr const char* kGroupTag = "trireme:group";

/// How an instance of the group is made: every network card as EC2 wants it, capacity, disks, file systems.
Handle<NameKind> add_launch_template(Stack& stack, const Cluster& cluster, const NodeGroup& group);

}  // namespace trireme::cloud::batch
