#pragma once

#include <string>

#include "trireme/core/diagnostic.h"

namespace trireme::catalog {

/// A rule that does not hold.
struct Finding {
  std::string rule;  // id of its row, or the variable's name
  Severity severity = Severity::kError;
  std::string evidence;  // what was seen, and what is wrong with it
  std::string remedy;    // the next action
  std::string source;    // the document that says so
};

}  // namespace trireme::catalog
