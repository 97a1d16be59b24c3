#include "trireme/catalog/efa_environment.h"

#include <algorithm>
#include <cctype>

#include "trireme/catalog/rule_table.h"

namespace trireme::catalog {

namespace {

constexpr Choice<WrongEffect> kEffects[] = {
    {"breaks", WrongEffect::kBreaks}, {"harmful", WrongEffect::kHarmful},   {"slower", WrongEffect::kSlower},
    {"stale", WrongEffect::kStale},   {"harmless", WrongEffect::kHarmless}, {"no-effect", WrongEffect::kNoEffect},
};

Severity severity_of(WrongEffect effect) {
  switch (effect) {
    case WrongEffect::kBreaks: return Severity::kError;
    case WrongEffect::kHarmful:
    case WrongEffect::kSlower:
    case WrongEffect::kStale: return Severity::kWarning;
    case WrongEffect::kHarmless:
    case WrongEffect::kNoEffect: return Severity::kInfo;
  }
  return Severity::kError;
}

/// NCCL and libfabric both read words without regard to case.
bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char letter) { return std::tolower(static_cast<unsigned char>(letter)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = text.find(", ");
    words.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
  }
  return words;
}

std::string setting(const std::optional<std::string>& value) { return value ? "set to " + *value : "unset"; }

}  // namespace

bool EfaEnvironment::Rule::accepts(std::string_view given) const {
  if (value && same_word(*value, given)) return true;
  return std::ranges::any_of(accept, [&](const std::string& word) { return word == "*" || same_word(word, given); });
}

bool EfaEnvironment::Variable::matches(std::string_view other) const {
  if (name.ends_with('*')) return other.starts_with(std::string_view(name).substr(0, name.size() - 1));
  return name == other;
}

EfaEnvironment EfaEnvironment::load() {
  const RuleTable table("efa_variables.tsv");
  EfaEnvironment environment;
  std::vector<Variable>& variables = environment.variables_;
  for (size_t row = 0; row < table.size(); ++row) {
    const std::string& name = table.text(row, "variable");
    if (variables.empty() || variables.back().name != name) variables.push_back({name, {}});
    const std::string& value = table.text(row, "value");
    variables.back().rules.push_back(
        {table.condition(row, "when"), value == "unset" ? std::nullopt : std::optional(value),
         table.choice<WrongEffect>(row, "wrong", kEffects), split_list(table.text_or_nothing(row, "accept")),
         table.text(row, "reason"), table.text(row, "remedy"), table.text(row, "source")});
    const bool last = row + 1 == table.size() || table.text(row + 1, "variable") != name;
    if (last != (table.text(row, "when") == "always")) {
      table.fail(row, "when", "the last row of a variable, and no other, must say always");
    }
  }
  return environment;
}

EfaEnvironment::Outcome EfaEnvironment::outcome_of(const Variable& variable, const Stack& stack) {
  Outcome outcome;
  for (const Rule& rule : variable.rules) {
    const Truth truth = rule.when.evaluate(stack);
    if (truth == Truth::kUnknown) outcome.possible.push_back(&rule);
    if (truth != Truth::kTrue) continue;
    outcome.decided = &rule;
    break;
  }
  const auto agrees = [&](const Rule* rule) { return rule->value == outcome.decided->value; };
  while (!outcome.possible.empty() && agrees(outcome.possible.back())) outcome.possible.pop_back();
  return outcome;
}

Advice EfaEnvironment::advice_on(const Variable& variable, const Stack& stack) {
  const auto [decided, possible] = outcome_of(variable, stack);
  Advice advice;
  advice.variable = variable.name;
  advice.source = decided->source;
  if (possible.empty()) {
    advice.state = decided->value ? Advice::State::kSet : Advice::State::kUnset;
    advice.value = decided->value.value_or("");
    advice.reason = decided->reason;
    return advice;
  }
  for (const Rule* rule : possible) {
    advice.reason += format("{} if {}; ", setting(rule->value), rule->when.text());
    for (std::string& name : rule->when.missing(stack)) {
      if (std::ranges::find(advice.missing, name) == advice.missing.end()) advice.missing.push_back(std::move(name));
    }
  }
  advice.reason += format("else {}", setting(decided->value));
  return advice;
}

std::vector<Advice> EfaEnvironment::advise(const Stack& stack) const {
  std::vector<Advice> list;
  for (const Variable& variable : variables_) list.push_back(advice_on(variable, stack));
  return list;
}

std::optional<Finding> EfaEnvironment::judge(const Stack& stack, std::string_view name, std::string_view value) const {
  const auto variable = std::ranges::find_if(variables_, [&](const Variable& each) { return each.matches(name); });
  if (variable == variables_.end() || value.empty()) return std::nullopt;
  const auto [decided, possible] = outcome_of(*variable, stack);
  if (decided->accepts(value)) return std::nullopt;
  Finding finding{std::string(name), severity_of(decided->wrong), "", decided->remedy, decided->source};
  std::string needed;
  for (const Rule* rule : possible) {
    if (rule->accepts(value)) needed += (needed.empty() ? "" : ", or ") + rule->when.text();
  }
  if (!possible.empty() && finding.severity == Severity::kError) finding.severity = Severity::kWarning;
  finding.evidence = format("{}={}: ", name, value);
  if (!needed.empty()) finding.evidence += format("needed only if {}; otherwise ", needed);
  finding.evidence += decided->reason;
  return finding;
}

}  // namespace trireme::catalog
