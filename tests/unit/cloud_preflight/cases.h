#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "trireme/cloud/preflight/finding.h"
#include "trireme/core/file.h"

namespace trireme::cloud {

/// Day on which the cases are judged.
inline constexpr const char* kToday = "2026-11-25";

/// "severity" or "rule" by file name and line.
using Marks = std::set<std::pair<std::string, std::string>>;

fs::path case_folder();

/// What `# <- WORD` at the end of a line, or "LINE WORD" in FILE.expect, says of the file: {"name:line", word}.
Marks marks_of(const fs::path& file);

/// Findings of files that are deployed together, each a template or, as .toml, a description. `snapshot` may be empty.
std::vector<Finding> judge_files(const std::vector<fs::path>& files, const fs::path& snapshot);

/// The descriptions of clusters/.
std::vector<fs::path> example_descriptions();
/// Writes what synth makes of a description into a folder, but policies, which no rule judges. Empty for an
/// orchestrator that is not built yet.
std::vector<fs::path> write_example(const fs::path& description, const fs::path& folder);

/// "name:line" of a finding.
std::string place_of(const Finding& finding);

}  // namespace trireme::cloud
