#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::environment {

/// Some group of workers uses EFA, under a scheduler that runs job scripts.
bool applies(const Cluster& cluster);
/// For each such group environment-GROUP.sh, to source in job scripts; for ParallelCluster also nccl-test-GROUP.sbatch,
/// where the group has accelerators.
void render(Synthesis& synthesis);

}  // namespace trireme::cloud::environment
