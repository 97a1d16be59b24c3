#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/description/load.h"
#include "trireme/cloud/explain/pieces.h"

namespace trireme::cloud {

/// A key that was given, and what it becomes.
struct ExplainedKey {
  std::string name;   // "nodes.gpu.count"
  std::string value;  // as TOML
  SourceLocation where;
  std::vector<Piece> becomes;  // what would be otherwise with another value
  std::vector<Piece> avoids;   // what another value would add
  bool needed = false;         // no other value gives any files
};

/// Every given key, by file and line. Found out by synthesising the cluster again with another value of the key and
/// comparing: a new target needs no entry here. A key that is not needed, with nothing on both sides, changes no file:
/// it belongs to what the orchestrator has not. REQUIRES: synthesize() takes loaded.cluster.
std::vector<ExplainedKey> explain_keys(const LoadedCluster& loaded);

}  // namespace trireme::cloud
