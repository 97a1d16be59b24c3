#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trireme/catalog/efa_environment.h"

namespace trireme::cloud {

/// Where its reader gives the version of a component: "plugin" to "--plugin".
using VersionOption = std::function<std::string(const std::string& component)>;

/// "give --plugin and --libfabric", for advice that is undecided.
std::string request_for(const catalog::Advice& advice, const VersionOption& option);

/// Why; when undecided, what to give and what is possible.
std::string reason_for(const catalog::Advice& advice, const VersionOption& option);

/// A line of a POSIX shell for each: "export X=v  # reason" or "unset X  # reason". What is undecided, or is about
/// every variable of a prefix, is a comment.
std::string shell_lines(const std::vector<catalog::Advice>& advice, const VersionOption& option);

}  // namespace trireme::cloud
