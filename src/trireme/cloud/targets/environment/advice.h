#pragma once

#include <string>
#include <vector>

#include "trireme/catalog/efa_environment.h"
#include "trireme/cloud/description/cluster.h"

namespace trireme::cloud::environment {

/// What a group's nodes are known to run: its instance type and [software]. Throws ConfigError naming the key of what
/// is no version, or the group whose type is unknown.
catalog::Stack stack_of(const Cluster& cluster, const NodeGroup& group);

/// What to do about each variable of EFA and NCCL on the group's nodes; nothing for a group that does not use EFA.
std::vector<catalog::Advice> efa_advice(const Cluster& cluster, const NodeGroup& group);

/// The key of a component's version in a description: "efa-installer" to "software.efa_installer".
std::string software_key(const std::string& component);

}  // namespace trireme::cloud::environment
