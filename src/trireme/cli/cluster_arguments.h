#pragma once

#include <string>
#include <vector>

#include "trireme/cli/arguments.h"
#include "trireme/cloud/description/load.h"

namespace trireme::cli {

/// CLUSTER and --set, for the commands that read a cluster description.
struct ClusterArguments {
  std::string path;
  std::vector<std::string> overrides;

  void declare(Arguments& arguments);
  /// The description with its problems. Throws IoError when the file can't be read.
  cloud::LoadedCluster read() const;
  /// The same; warnings go to standard error. Throws ConfigError after the errors.
  cloud::LoadedCluster load() const;
};

}  // namespace trireme::cli
