#pragma once

#include <string>

#include "trireme/cloud/description/cluster.h"

namespace trireme::cloud::environment {

/// A script for sbatch that all-reduces over every accelerator of two nodes of the group, or of its only one:
/// all_reduce_perf of nccl-tests on NVIDIA GPUs, nccom-test on AWS's accelerators. It sources `environment_file`, which
/// must lie in the folder that it is submitted from. REQUIRES: the group has accelerators.
std::string collective_test(const Cluster& cluster, const NodeGroup& group, const std::string& environment_file);

}  // namespace trireme::cloud::environment
