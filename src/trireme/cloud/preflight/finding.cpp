#include "trireme/cloud/preflight/finding.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "trireme/core/format.h"

namespace trireme::cloud {

std::string to_string(Level level) {
  switch (level) {
    case Level::kError: return "error";
    case Level::kWarning: return "warning";
    case Level::kInfo: return "info";
    case Level::kUndecided: return "undecided";
  }
  return {};
}

std::string to_json(const std::vector<Finding>& findings) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Finding& each : findings) {
    list.push_back({{"rule", each.rule},
                    {"severity", to_string(each.level)},
                    {"file", each.place.file},
                    {"line", each.place.line},
                    {"where", each.where},
                    {"evidence", each.evidence},
                    {"remedy", each.remedy},
                    {"source", each.source}});
  }
  // A template may hold any bytes that its own reader let through.
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& each : findings) {
    const std::string line = each.place.line > 0 ? format(":{}", each.place.line) : "";
    text += format("{}{}: {}: {}: {}: {}\n", each.place.file, line, to_string(each.level), each.rule, each.where,
                   each.evidence);
    if (!each.remedy.empty()) text += format("    {}; see: {}\n", each.remedy, each.source);
  }
  constexpr std::array<std::pair<Level, const char*>, 4> kCounted = {{{Level::kError, "errors"},
                                                                      {Level::kWarning, "warnings"},
                                                                      {Level::kInfo, "hints"},
                                                                      {Level::kUndecided, "undecided"}}};
  std::string counts;
  for (const auto& [level, name] : kCounted) {
    const auto count = std::count_if(findings.begin(), findings.end(),
                                     [level = level](const Finding& each) { return each.level == level; });
    counts += format("{}{} {}", counts.empty() ? "" : ", ", count, name);
  }
  return text + counts + "\n";
}

bool has_errors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& each) { return each.level == Level::kError; });
}

}  // namespace trireme::cloud
