#include "trireme/cloud/lower/conditions.h"

#include <algorithm>

#include "trireme/cloud/lower/entry.h"
#include "trireme/cloud/lower/resolve.h"
#include "trireme/config/access.h"

namespace trireme::cloud {

namespace {

/// Conditions may name each other in a circle, which CloudFormation refuses.
constexpr int kMaxDepth = 32;
/// Ways to set the parameters that are tried; more than any template of people needs.
constexpr size_t kMaxAssignments = 20000;
/// A value that a parameter without AllowedValues may have besides those it is compared with.
constexpr std::string_view kOther = "(any other)";

const config::Array& list_of(const config::Value& value) {
  static const config::Array kNone;
  const config::Array* array = config::as_array(&value);
  return array == nullptr ? kNone : *array;
}

}  // namespace

Conditions::Conditions(const config::Table& root, const Assignment& given)
    : conditions_(config::as_table(config::find(root, "Conditions"))),
      parameters_(config::as_table(config::find(root, "Parameters"))),
      given_(given) {}

bool Conditions::known(const std::string& name) const {
  return conditions_ != nullptr && config::find(*conditions_, name) != nullptr;
}

std::optional<bool> Conditions::evaluate(const std::string& name, const Assignment& assignment) const {
  if (!known(name)) return std::nullopt;
  return evaluate(*config::find(*conditions_, name), assignment, 0);
}

std::optional<bool> Conditions::evaluate(const config::Value& value, const Assignment& assignment, int depth) const {
  const Intrinsic intrinsic = as_intrinsic(value);
  if (!intrinsic || depth > kMaxDepth) return std::nullopt;
  const std::string& name = *intrinsic.name;
  if (name == "Condition") {
    const std::string* other = config::as_text(intrinsic.argument);
    if (other == nullptr || !known(*other)) return std::nullopt;
    return evaluate(*config::find(*conditions_, *other), assignment, depth + 1);
  }
  const config::Array& parts = list_of(*intrinsic.argument);
  if (name == "Fn::Equals" && parts.size() == 2) {
    const auto left = operand(parts[0], assignment);
    const auto right = operand(parts[1], assignment);
    if (!left || !right) return std::nullopt;
    return *left == *right;
  }
  if (name == "Fn::Not" && parts.size() == 1) {
    const auto inner = evaluate(parts[0], assignment, depth + 1);
    if (!inner) return std::nullopt;
    return !*inner;
  }
  if (name != "Fn::And" && name != "Fn::Or") return std::nullopt;
  // One operand of this value decides.
  const bool decisive = name == "Fn::Or";
  bool all_known = true;
  for (const config::Value& part : parts) {
    const auto inner = evaluate(part, assignment, depth + 1);
    if (inner == decisive) return decisive;
    all_known = all_known && inner.has_value();
  }
  if (!all_known) return std::nullopt;
  return !decisive;
}

std::optional<std::string> Conditions::operand(const config::Value& value, const Assignment& assignment) const {
  if (const Intrinsic intrinsic = as_intrinsic(value)) {
    const std::string* name = *intrinsic.name == "Ref" ? config::as_text(intrinsic.argument) : nullptr;
    const auto set = name == nullptr ? assignment.end() : assignment.find(*name);
    return set == assignment.end() ? std::nullopt : std::optional<std::string>(set->second);
  }
  return Entry(value).text().value;
}

void Conditions::collect(const config::Value& value, std::map<std::string, std::vector<std::string>>& compared,
                         int depth) const {
  const Intrinsic intrinsic = as_intrinsic(value);
  if (!intrinsic || depth > kMaxDepth) return;
  if (*intrinsic.name == "Condition") {
    const std::string* other = config::as_text(intrinsic.argument);
    if (other != nullptr && known(*other)) collect(*config::find(*conditions_, *other), compared, depth + 1);
    return;
  }
  const config::Array& parts = list_of(*intrinsic.argument);
  for (const config::Value& part : parts) {
    const Intrinsic inner = as_intrinsic(part);
    const std::string* name = inner && *inner.name == "Ref" ? config::as_text(inner.argument) : nullptr;
    if (name == nullptr) {
      collect(part, compared, depth + 1);
      continue;
    }
    std::vector<std::string>& values = compared[*name];
    for (const config::Value& other : parts) {
      const auto text = as_intrinsic(other) ? std::nullopt : Entry(other).text().value;
      if (text && std::find(values.begin(), values.end(), *text) == values.end()) values.push_back(*text);
    }
  }
}

std::vector<Conditions::Axis> Conditions::axes(const std::vector<std::string>& names) const {
  std::map<std::string, std::vector<std::string>> compared;
  for (const std::string& name : names) {
    if (known(name)) collect(*config::find(*conditions_, name), compared, 0);
  }
  std::vector<Axis> axes;
  for (auto& [name, literals] : compared) {
    const auto set = given_.find(name);
    if (set != given_.end()) {
      axes.push_back({name, {set->second}});
      continue;
    }
    const config::Value* parameter = parameters_ == nullptr ? nullptr : config::find(*parameters_, name);
    const Entry declared = parameter == nullptr ? Entry() : Entry(*parameter);
    std::vector<std::string> values;
    for (const Text& text : declared["AllowedValues"].texts().items) values.push_back(*text);
    if (values.empty()) {
      values = literals;
      values.emplace_back(kOther);
    }
    axes.push_back({name, std::move(values)});
  }
  return axes;
}

std::string Conditions::only_parameter(const std::string& name) const {
  const std::vector<Axis> all = axes({name});
  return all.size() == 1 ? all.front().parameter : std::string();
}

std::string Conditions::counterexample(const std::vector<Guard>& guards, const std::string& condition) const {
  std::vector<std::string> names = {condition};
  for (const Guard& guard : guards) names.push_back(guard.first);
  const std::vector<Axis> all = axes(names);
  size_t count = 1;
  for (const Axis& axis : all) {
    count *= std::max<size_t>(axis.values.size(), 1);
    if (count > kMaxAssignments) return {};
  }
  for (size_t number = 0; number < count; ++number) {
    Assignment assignment;
    size_t rest = number;
    for (const Axis& axis : all) {
      if (axis.values.empty()) continue;
      assignment[axis.parameter] = axis.values[rest % axis.values.size()];
      rest /= axis.values.size();
    }
    const bool applies = std::all_of(guards.begin(), guards.end(), [&](const Guard& guard) {
      return evaluate(guard.first, assignment) == guard.second;
    });
    if (!applies || evaluate(condition, assignment) != false) continue;
    std::string text;
    for (const auto& [name, value] : assignment) text += (text.empty() ? "" : ", ") + name + "=" + value;
    return text;
  }
  return {};
}

}  // namespace trireme::cloud
