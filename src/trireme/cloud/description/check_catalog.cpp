#include "trireme/cloud/description/check_catalog.h"

#include <algorithm>

#include "trireme/catalog/instance_type.h"
#include "trireme/catalog/region.h"
#include "trireme/core/error.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

/// Runs a look-up and turns its refusal into a finding at the key.
template <class LookUp>
bool look_up(LoadedCluster& loaded, const std::string& key, const LookUp& find) {
  try {
    find();
    return true;
  } catch (const ConfigError& problem) {
    loaded.diagnostics.error(key, problem.what(), {}, config::origin_of(loaded.origins, key));
    return false;
  }
}

void check_zones(LoadedCluster& loaded) {
  const Cluster& cluster = loaded.cluster;
  const std::vector<std::string> known = catalog::zones(cluster.region);
  if (known.empty() || cluster.network.adopted()) return;  // the table does not list this region's
  const std::string key = cluster.zones.empty() ? "cluster.zone" : "cluster.zones";
  for (const std::string& zone : cluster.all_zones()) {
    if (std::find(known.begin(), known.end(), zone) != known.end()) continue;
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    loaded.diagnostics.error(key, format("{} has no zone \"{}\"", cluster.region, zone), "it has " + list,
                             config::origin_of(loaded.origins, key));
  }
}

}  // namespace

void check_catalog(LoadedCluster& loaded) {
  const Cluster& cluster = loaded.cluster;
  if (look_up(loaded, "cluster.region", [&] { catalog::region(cluster.region); })) check_zones(loaded);
  for (const NodeGroup& group : cluster.nodes) {
    look_up(loaded, "nodes." + group.name + ".instance", [&] { catalog::instance_type(group.instance); });
  }
}

}  // namespace trireme::cloud
