#pragma once

#include "trireme/cloud/description/load.h"
#include "trireme/cloud/model/model.h"

namespace trireme::cloud {

/// Lowers a cluster description, which has no errors of its own (LoadedCluster). What trireme derives from it by rules
/// of its own, such as a group with EFA's self rules, is right by construction and not in the model.
Model lower_cluster(const Cluster& cluster, const config::Origins& origins, const std::string& file);

}  // namespace trireme::cloud
