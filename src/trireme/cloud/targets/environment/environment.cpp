#include "trireme/cloud/targets/environment/environment.h"

#include <algorithm>

#include "trireme/cloud/environment/shell_lines.h"
#include "trireme/cloud/targets/environment/advice.h"
#include "trireme/cloud/targets/environment/collective_test.h"
#include "trireme/cloud/targets/nodes.h"
#include "trireme/core/format.h"

namespace trireme::cloud::environment {

namespace {

std::string file_name(const NodeGroup& group) { return "environment-" + group.name + ".sh"; }

std::string file_text(const Cluster& cluster, const NodeGroup& group) {
  return format(
             "# Variables for programs that use EFA on the nodes \"{}\" of the cluster {}, {} each. In a job script:\n"
             "#   . ./{}\n"
             "# shellcheck shell=sh\n",
             group.name, cluster.name, group.instance, file_name(group)) +
         shell_lines(efa_advice(cluster, group), software_key);
}

}  // namespace

bool applies(const Cluster& cluster) {
  const auto workers = cluster.with_role("worker");
  return (cluster.on("parallelcluster") || cluster.on("batch")) &&
         std::ranges::any_of(workers, [](const NodeGroup* group) { return uses_efa(*group); });
}

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  for (const NodeGroup* group : cluster.with_role("worker")) {
    if (!uses_efa(*group)) continue;
    synthesis.add_file(file_name(*group), "shell", file_text(cluster, *group));
    if (!cluster.on("parallelcluster") || type_of(*group).accelerators.count == 0) continue;
    synthesis.add_file("nccl-test-" + group->name + ".sbatch", "shell",
                       collective_test(cluster, *group, file_name(*group)));
  }
}

}  // namespace trireme::cloud::environment
