#pragma once

#include <vector>

#include "trireme/core/file.h"

namespace trireme::cloud {

/// The descriptions of clusters/.
std::vector<fs::path> example_descriptions();
/// Writes what synth makes of a description into a folder, but policies, which no rule judges. Empty for an
/// orchestrator that is not built yet.
std::vector<fs::path> write_example(const fs::path& description, const fs::path& folder);

}  // namespace trireme::cloud
