#pragma once

#include <map>
#include <string>

#include "trireme/core/diagnostic.h"

namespace trireme::config {

/// Where each option that was given was written, by dotted name. Options left at their default are absent.
using Origins = std::map<std::string, SourceLocation>;

/// The location of `key`, or an empty one for a default.
inline SourceLocation origin_of(const Origins& origins, const std::string& key) {
  const auto found = origins.find(key);
  return found == origins.end() ? SourceLocation{} : found->second;
}

}  // namespace trireme::config
