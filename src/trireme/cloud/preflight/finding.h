#pragma once

#include <string>
#include <vector>

#include "trireme/core/diagnostic.h"

namespace trireme::cloud {

/// kError: the deploy or the job fails. kWarning: it may, or it is unsafe. kUndecided: more must be known, which the
/// remedy says how to get.
enum class Level { kError, kWarning, kInfo, kUndecided };

std::string to_string(Level level);

/// What preflight has to say about a place of a file.
struct Finding {
  std::string rule;
  Level level = Level::kError;
  SourceLocation place;
  std::string where;     // part of the file: "nodes.gpu", "Resources.Vpc"
  std::string evidence;  // what was seen, and what is wrong with it
  std::string remedy;    // the next action
  std::string source;    // the document that says so
};

/// "[{rule, severity, file, line, where, evidence, remedy, source}]", line 0 for none.
std::string to_json(const std::vector<Finding>& findings);
/// Two lines a finding and a closing count.
std::string to_text(const std::vector<Finding>& findings);
bool has_errors(const std::vector<Finding>& findings);

}  // namespace trireme::cloud
