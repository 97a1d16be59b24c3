#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/deploy/aws.h"
#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// Names of the clusters of AWS ParallelCluster that carry the cluster's tag although the description does not ask for
/// them: it has another orchestrator now, or gives its ParallelCluster another name. Goes by their stacks, so that who
/// never used pcluster needs no such program.
std::vector<std::string> pcluster_leftovers(const Aws& aws, const Cluster& cluster,
                                            const std::vector<SynthFile>& files);

}  // namespace trireme::cloud
