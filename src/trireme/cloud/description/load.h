#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/description/cluster.h"
#include "trireme/config/origin.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/file.h"

namespace trireme::cloud {

/// A description as given, with everything that is wrong with it.
struct LoadedCluster {
  Cluster cluster;
  Diagnostics diagnostics;
  /// Where each given option was written, by dotted name ("nodes.gpu.instance"), and where each part was first named
  /// ("nodes.gpu").
  config::Origins origins;
};

/// Reads a description, the ones it names by `base` beneath it, and `overrides` ("section.key=value") on top. A key
/// replaces the same key beneath, and "", [] or 0 takes it back; a [nodes.NAME] capacity with a kind replaces the one
/// beneath as a whole. Parts come from files alone: an override of a part that no file has is refused. Collects every
/// problem that needs neither account nor catalogue; `cluster` is meaningful only when no diagnostic is an error.
/// Throws IoError when a file can't be read.
LoadedCluster load_cluster(const fs::path& path, const std::vector<std::string>& overrides);

/// The same from text; `name` stands for the file in messages, and a `base` is found beside it.
LoadedCluster parse_cluster(const std::string& text, const std::string& name,
                            const std::vector<std::string>& overrides);

/// Does the TOML file describe a cluster, rather than a training run? By its sections; false when it can't be read.
bool is_cluster_file(const fs::path& path);

}  // namespace trireme::cloud
