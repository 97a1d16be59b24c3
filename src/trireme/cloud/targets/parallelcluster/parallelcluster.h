#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::parallelcluster {

bool applies(const Cluster& cluster);
/// A configuration for `pcluster create-cluster`, of AWS ParallelCluster 3.13 and later.
void render(Synthesis& synthesis);

}  // namespace trireme::cloud::parallelcluster
