#pragma once

#include <vector>

#include "trireme/cloud/deploy/aws.h"
#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/watch/sighting.h"

namespace trireme::cloud {

/// Instances of the cluster, those that ended lately too, by the tags of AWS ParallelCluster or of the launch
/// templates.
std::vector<Sighting> find_nodes(const Aws& aws, const Cluster& cluster);

}  // namespace trireme::cloud
