#include "trireme/config/option_set.h"

#include <algorithm>

#include "trireme/core/check.h"

namespace trireme::config {

std::string OptionSet::full_name(const std::string& name) const {
  const std::string& section = sections_.back().name;
  return section.empty() ? name : section + "." + name;
}

void OptionSet::section(std::string name, std::string help) { sections_.push_back({std::move(name), std::move(help)}); }

Option& OptionSet::add(const std::string& name, Target target, std::string help) {
  TRIREME_CHECK(find(full_name(name)) == nullptr, "option {} is declared twice", full_name(name));
  return options_.emplace_back(sections_.back().name, name, target, std::move(help));
}

void OptionSet::add_fixed(const std::string& name, std::variant<bool, double, std::string> only, std::string reason) {
  fixed_.push_back({sections_.back().name, name, full_name(name), std::move(only), std::move(reason)});
}

const Option* OptionSet::find(const std::string& name) const {
  const auto found =
      std::find_if(options_.begin(), options_.end(), [&](const Option& option) { return option.name() == name; });
  return found == options_.end() ? nullptr : &*found;
}

void OptionSet::check_conditions(const Origins& origins, Diagnostics& diagnostics) const {
  for (const Option& option : options_) {
    const auto given = origins.find(option.name());
    if (given == origins.end() || option.applies()) continue;
    diagnostics.error(option.name(), format("is valid only with {}", option.condition()), "remove it", given->second);
  }
}

std::string OptionSet::dump_toml(const std::function<bool(const Option&)>& skip) const {
  std::string text;
  for (const Section& section : sections_) {
    std::string lines;
    for (const Option& option : options_) {
      if (option.section() != section.name || !option.applies() || (skip && skip(option))) continue;
      lines += format("{} = {}\n", option.key(), option.value_text());
    }
    if (lines.empty()) continue;
    if (!section.name.empty()) text += format("\n[{}]\n", section.name);
    text += lines;
  }
  return text;
}

}  // namespace trireme::config
