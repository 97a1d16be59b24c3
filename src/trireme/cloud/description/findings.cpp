#include "trireme/cloud/description/findings.h"

#include <algorithm>

namespace trireme::cloud {

void Findings::error(const std::string& key, const std::string& message, const std::string& hint) {
  diagnostics_.error(key, message, hint, place_of(key));
}

void Findings::info(const std::string& key, const std::string& message) {
  diagnostics_.add({Severity::kInfo, place_of(key), key, message, {}});
}

void Findings::require(const std::string& key, bool given, const std::string& example) {
  const auto& items = diagnostics_.items();
  const bool refused = std::any_of(items.begin(), items.end(), [&](const Diagnostic& item) { return item.key == key; });
  if (!given && !refused) error(key, "is missing", "write " + example);
}

SourceLocation Findings::place_of(std::string key) const {
  while (true) {
    const auto found = origins_.find(key);
    if (found != origins_.end()) return found->second;
    const size_t dot = key.rfind('.');
    if (dot == std::string::npos) return {file_, 1, 1};
    key.resize(dot);
  }
}

}  // namespace trireme::cloud
