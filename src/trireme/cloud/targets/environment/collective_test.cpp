#include "trireme/cloud/targets/environment/collective_test.h"

#include <algorithm>

#include "trireme/cloud/targets/environment/collective_test_scripts.h"
#include "trireme/cloud/targets/nodes.h"
#include "trireme/cloud/template/shell.h"
#include "trireme/core/format.h"

namespace trireme::cloud::environment {

namespace {

/// The tag of github.com/NVIDIA/nccl for a version: "2.27.5+cuda12.9" is of v2.27.5-1.
std::string nccl_tag(const std::string& version) {
  const size_t start = std::min(version.find_first_of("0123456789"), version.size());
  const std::string numbers = version.substr(start, version.find_first_not_of("0123456789.", start) - start);
  return numbers.empty() ? kNcclTag : "v" + numbers + "-1";
}

/// The first shared file system; empty: none, and the script takes the home folder, which ParallelCluster shares.
std::string shared_folder(const Cluster& cluster) {
  for (const Storage& storage : cluster.storage) {
    if (storage.kind != "bucket") return storage.mount;
  }
  return {};
}

}  // namespace

std::string collective_test(const Cluster& cluster, const NodeGroup& group, const std::string& environment_file) {
  const catalog::Accelerators& accelerators = type_of(group).accelerators;
  const bool nvidia = accelerators.maker == "nvidia";
  const int64_t nodes = std::min<int64_t>(2, group.most());
  std::string text = format(
      "#!/bin/bash\n"
      "# {} over every accelerator of {} of the queue \"{}\": sbatch nccl-test-{}.sbatch\n"
      "#SBATCH --job-name=nccl-test-{}\n"
      "#SBATCH --partition={}\n"
      "#SBATCH --nodes={}\n"
      "#SBATCH --ntasks-per-node={}\n"
      "#SBATCH --exclusive\n"
      "#SBATCH --mem=0\n"
      "#SBATCH --time=01:00:00\n"
      "#SBATCH --output=%x-%j.out\n",
      nvidia ? "all_reduce_perf" : "nccom-test", nodes == 1 ? "one node" : "two nodes", group.name, group.name,
      group.name, group.name, nodes, nvidia ? accelerators.count : 1);
  if (nvidia) text += format("#SBATCH --gpus-per-node={}\n", accelerators.count);
  text += format("set -euo pipefail\nenvironment=$SLURM_SUBMIT_DIR/{}\n", shell_quote(environment_file));
  if (nvidia) {
    text += format("shared={}\nnccl={}\ntests={}\n", shell_quote(shared_folder(cluster)),
                   shell_quote(nccl_tag(cluster.software.nccl)), kNcclTestsTag);
  }
  return text + kSourceEnvironment + (nvidia ? kAllReducePerf : kNccomTest);
}

}  // namespace trireme::cloud::environment
