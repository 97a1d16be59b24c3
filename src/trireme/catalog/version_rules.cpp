#include "trireme/catalog/version_rules.h"

#include "trireme/catalog/rule_table.h"

namespace trireme::catalog {

namespace {

constexpr Choice<Severity> kLevels[] = {{"required", Severity::kError}, {"recommended", Severity::kWarning}};

/// "p5.48xlarge with nccl 2.17.1: needs nccl >= 2.18.0 (AWS's minimum for p5)".
std::string evidence(const VersionRule& rule, const Stack& stack) {
  std::string versions;
  const auto add = [&](const Condition& condition) {
    for (const Component* component : condition.components()) {
      const auto& version = stack.*component->version;
      if (!version) continue;
      const std::string text = format("{} {}", component->name, *version);
      if (versions.find(text) == std::string::npos) versions += (versions.empty() ? "" : ", ") + text;
    }
  };
  add(rule.required);
  if (rule.when.instance_names().empty()) add(rule.when);
  const bool names_instance = !rule.when.instance_names().empty();
  return format("{}{}: {} {} ({})", names_instance ? stack.instance->name + " with " : "", versions,
                rule.severity == Severity::kError ? "needs" : "should have", rule.required.text(), rule.reason);
}

}  // namespace

std::vector<VersionRule> version_rules() {
  const RuleTable table("version_rules.tsv");
  std::vector<VersionRule> rules;
  for (size_t row = 0; row < table.size(); ++row) {
    rules.push_back({table.text(row, "id"), table.condition(row, "when"), table.condition(row, "requires"),
                     table.choice<Severity>(row, "level", kLevels), table.text(row, "reason"),
                     table.text(row, "remedy"), table.text(row, "source")});
  }
  return rules;
}

std::vector<Finding> check_versions(const std::vector<VersionRule>& rules, const Stack& stack) {
  std::vector<Finding> findings;
  for (const VersionRule& rule : rules) {
    if (rule.when.evaluate(stack) != Truth::kTrue || rule.required.evaluate(stack) != Truth::kFalse) continue;
    findings.push_back({rule.id, rule.severity, evidence(rule, stack), rule.remedy, rule.source});
  }
  return findings;
}

}  // namespace trireme::catalog
