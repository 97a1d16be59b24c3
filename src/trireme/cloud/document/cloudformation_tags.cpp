#include "trireme/cloud/document/cloudformation_tags.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace trireme::cloud {

namespace {

/// Those whose long form has the prefix "Fn::".
constexpr std::array<std::string_view, 18> kFunctions = {
    "And",  "Base64", "Cidr", "Equals", "FindInMap", "GetAtt", "GetAZs", "If",           "ImportValue",
    "Join", "Length", "Not",  "Or",     "Select",    "Split",  "Sub",    "ToJsonString", "Transform"};

/// The long form takes a list of the resource and its attribute, whose name may have dots of its own.
void split_attribute(config::Value& value) {
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return;
  const size_t dot = text->find('.');
  if (dot == std::string::npos) return;
  config::Array parts = {{text->substr(0, dot), value.where, {}}, {text->substr(dot + 1), value.where, {}}};
  value.data = std::move(parts);
}

}  // namespace

std::optional<config::Value> cloudformation_tag(const std::string& name, config::Value value) {
  const bool bare = name == "Ref" || name == "Condition";
  if (!bare && std::find(kFunctions.begin(), kFunctions.end(), name) == kFunctions.end()) return std::nullopt;
  if (name == "GetAtt") split_attribute(value);
  const SourceLocation where = value.where;
  return config::Value{config::Table{{bare ? name : "Fn::" + name, where, std::move(value)}}, where, {}};
}

}  // namespace trireme::cloud
