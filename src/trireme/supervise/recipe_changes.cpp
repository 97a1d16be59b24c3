#include "trireme/supervise/recipe_changes.h"

#include <algorithm>
#include <array>

#include "trireme/core/error.h"
#include "trireme/recipe/describe.h"

namespace trireme::supervise {

namespace {

bool starts_with(const std::string& text, std::string_view prefix) { return text.rfind(prefix, 0) == 0; }

/// Where a value came from, not what it is: the sizes themselves are compared.
bool says_only_where_from(const std::string& key) {
  constexpr std::array kKeys = {"model.from", "model.preset", "model.load_weights", "log.folder", "log.name"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

bool must_stay(const std::string& key) {
  if (key == "data.verify") return false;  // it looks at the data and changes nothing
  return starts_with(key, "model.") || starts_with(key, "data.") || key == "train.seq_len" || key == "train.seed";
}

std::string text_of(const config::Option& option) { return option.applies() ? option.value_text() : "not used"; }

}  // namespace

std::vector<std::string> recipe_changes(const recipe::Recipe& before, const recipe::Recipe& after) {
  recipe::Recipe old_values = before, new_values = after;
  const config::OptionSet old_options = recipe::describe(old_values);
  const config::OptionSet new_options = recipe::describe(new_values);
  std::vector<std::string> changes;
  std::string refused;
  for (const config::Option& option : new_options.options()) {
    const std::string old_text = text_of(*old_options.find(option.name())), new_text = text_of(option);
    if (old_text == new_text || says_only_where_from(option.name())) continue;
    const std::string change = format("{}: {} -> {}", option.name(), old_text, new_text);
    if (must_stay(option.name())) refused += format("\n  {}", change);
    changes.push_back(change);
  }
  if (refused.empty()) return changes;
  throw ConfigError(
      format("a resumed run must keep its model, its data and their order; these changed:{}\n"
             "set them back, or start another run with --set log.name=NAME",
             refused));
}

}  // namespace trireme::supervise
