#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// The cluster as a flowchart of Mermaid: network with zones and subnets, node groups, storage and database, and the
/// files with what each asks for, in the order in which they need each other.
std::string draw_mermaid(const Cluster& cluster, const std::vector<SynthFile>& files);

}  // namespace trireme::cloud
