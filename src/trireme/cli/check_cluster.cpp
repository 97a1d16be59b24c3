#include "trireme/cli/check_cluster.h"

#include "trireme/catalog/instance_type.h"
#include "trireme/cloud/description/check_catalog.h"
#include "trireme/cloud/synthesis.h"
#include "trireme/cloud/targets/target.h"
#include "trireme/core/error.h"
#include "trireme/core/format.h"

namespace trireme::cli {

namespace {

/// "2", or "0 to 10" of a group that grows.
std::string range(int64_t least, int64_t most) {
  return least == most ? format("{}", least) : format("{} to {}", least, most);
}

}  // namespace

void check_cluster(cloud::LoadedCluster& loaded) {
  if (loaded.diagnostics.has_errors()) return;
  const cloud::Cluster& cluster = loaded.cluster;
  cloud::check_catalog(loaded);
  if (!cloud::is_built(cluster.orchestrator)) {
    loaded.diagnostics.error("cluster.orchestrator",
                             format("orchestrator \"{}\" is not built yet", cluster.orchestrator), "",
                             config::origin_of(loaded.origins, "cluster.orchestrator"));
  }
  if (loaded.diagnostics.has_errors()) return;
  try {
    cloud::synthesize(cluster);
  } catch (const ConfigError& refusal) {
    loaded.diagnostics.error("", refusal.what());
  }
}

std::string cluster_summary(const cloud::Cluster& cluster) {
  std::string text;
  for (const cloud::NodeGroup* group : cluster.with_role("worker")) {
    const catalog::Accelerators& chips = catalog::instance_type(group->instance).accelerators;
    text += format("{} x {}", range(group->count, group->most()), group->instance);
    if (chips.count > 0) {
      text += format(" ({} {})", range(group->count * chips.count, group->most() * chips.count),
                     chips.maker == "nvidia" ? "GPUs" : "accelerators");
    }
    text += ", ";
  }
  return text + format("{} in {}", cluster.orchestrator, cluster.region);
}

}  // namespace trireme::cli
