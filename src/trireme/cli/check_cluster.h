#pragma once

#include <string>

#include "trireme/cloud/description/load.h"

namespace trireme::cli {

/// Adds to what reading found: names that the catalogue lacks, an orchestrator that is not built yet, and whatever else
/// would stop `trireme synth`.
void check_cluster(cloud::LoadedCluster& loaded);

/// "2 x p5.48xlarge (16 GPUs), parallelcluster in us-east-2": the workers. REQUIRES: check_cluster() found no error.
std::string cluster_summary(const cloud::Cluster& cluster);

}  // namespace trireme::cli
