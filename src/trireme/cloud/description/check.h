#pragma once

#include "trireme/cloud/description/findings.h"

namespace trireme::cloud {

/// Rules between options that need neither catalogue nor account. `file` is blamed for what is missing.
void check_options(LoadedCluster& loaded, const std::string& file);

/// Parts of it, each in a file of its own.
void check_network(const Cluster& cluster, Findings& findings);
void check_nodes(const Cluster& cluster, Findings& findings);
void check_storage(const Cluster& cluster, Findings& findings);

}  // namespace trireme::cloud
