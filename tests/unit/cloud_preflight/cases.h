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

/// "name:line" of a finding.
std::string place_of(const Finding& finding);

}  // namespace trireme::cloud
