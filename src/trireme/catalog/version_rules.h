#pragma once

#include <vector>

#include "trireme/catalog/condition.h"
#include "trireme/catalog/finding.h"

namespace trireme::catalog {

/// A row of facts/version_rules.tsv: where `when` holds, `required` must too.
struct VersionRule {
  std::string id;
  Condition when, required;
  Severity severity = Severity::kError;  // kError: a minimum, kWarning: a recommendation
  std::string reason, remedy, source;
};

/// All rows, in file order. Throws FormatError, naming the row, when one can't be read.
std::vector<VersionRule> version_rules();

/// The rules that the stack breaks. A rule that depends on what is not known is not broken.
std::vector<Finding> check_versions(const std::vector<VersionRule>& rules, const Stack& stack);

}  // namespace trireme::catalog
