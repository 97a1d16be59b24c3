#pragma once

#include "trireme/cloud/targets/parallelcluster/node_settings.h"

namespace trireme::cloud::parallelcluster {

/// A Slurm queue for each group of workers.
List queues(const NodeSettings& settings, const Cluster& cluster);

}  // namespace trireme::cloud::parallelcluster
