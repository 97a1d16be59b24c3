#pragma once

#include <functional>
#include <string>

namespace trireme::cloud {

/// What happened, while it happens: "network", "created". Called by any thread, one at a time.
using Report = std::function<void(const std::string& step, const std::string& what)>;

}  // namespace trireme::cloud
