#pragma once

#include <span>
#include <string>
#include <string_view>

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// One kind of output. A folder below targets/ renders it from the description and the contracts of the targets
/// before it; its judge, a validator that is not ours, is in docs/judges.md.
struct Target {
  std::string_view name;  // `synth --target NAME`, the file's name, and the stack's after the cluster's
  std::string_view summary;
  bool (*applies)(const Cluster& cluster);
  void (*render)(Synthesis& synthesis);
};

/// In the order they are deployed: a target imports only from those above it, and the policy is about all of them.
std::span<const Target> targets();

/// Can the orchestrator be synthesised yet? Its target has its name.
bool is_built(const std::string& orchestrator);

}  // namespace trireme::cloud
