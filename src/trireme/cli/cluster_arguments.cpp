#include "trireme/cli/cluster_arguments.h"

#include <iostream>

#include "trireme/core/error.h"

namespace trireme::cli {

void ClusterArguments::declare(Arguments& arguments) {
  arguments.positional("CLUSTER", &path, "cluster description, as docs/reference/cluster.md lists its keys");
  arguments.option("--set", "KEY=VALUE", &overrides, "override one key of the description; may be repeated");
}

cloud::LoadedCluster ClusterArguments::read() const { return cloud::load_cluster(path, overrides); }

cloud::LoadedCluster ClusterArguments::load() const {
  cloud::LoadedCluster loaded = read();
  std::cerr << loaded.diagnostics.to_string();
  if (loaded.diagnostics.has_errors()) throw ConfigError(format("{} can't be used as it is", path));
  return loaded;
}

}  // namespace trireme::cli
