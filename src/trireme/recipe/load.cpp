#include "trireme/recipe/load.h"

#include <algorithm>
#include <array>
#include <functional>

#include "trireme/config/access.h"
#include "trireme/config/toml.h"
#include "trireme/core/check.h"
#include "trireme/recipe/check.h"
#include "trireme/recipe/describe.h"

namespace trireme::recipe {

namespace {

/// The only version of the recipe format so far.
constexpr int64_t kVersion = 1;

/// False when the rest of the file can't be judged: another version may mean anything by it.
bool check_version(const config::Table& table, const std::string& name, Diagnostics& diagnostics) {
  const config::Value* version = config::find(table, "version");
  if (version == nullptr) {
    diagnostics.error("version", "is missing", format("write `version = {}` as the first line", kVersion),
                      {name, 1, 1});
    return true;
  }
  const auto* number = std::get_if<int64_t>(&version->data);
  if (number != nullptr && *number != kVersion) {
    diagnostics.error("version", format("this trireme reads recipes of version {}, got {}", kVersion, *number),
                      "use the trireme that the recipe was written for", version->where);
    return false;
  }
  return true;
}

bool takes_sizes_from_elsewhere(const Model& model) { return !model.preset.empty() || !model.from.empty(); }

/// The part of `origins` whose conditions (Option::only_when) can be judged now.
config::Origins select(const config::Origins& origins, const std::function<bool(const std::string&)>& judged) {
  config::Origins selected;
  for (const auto& [name, where] : origins) {
    if (judged(name)) selected.emplace(name, where);
  }
  return selected;
}

bool has_error_for(const Diagnostics& diagnostics, const std::string& key) {
  const auto& items = diagnostics.items();
  return std::any_of(items.begin(), items.end(),
                     [&](const Diagnostic& item) { return item.key == key && item.severity == Severity::kError; });
}

void check_resolved_model(LoadedRecipe& loaded) {
  describe(loaded.recipe).check_conditions(select(loaded.origins, is_model_size), loaded.diagnostics);
  check_model(loaded);
}

}  // namespace

bool is_of_model_or_data(const std::string& key) {
  return std::ranges::any_of(std::array{"model.", "data.", "lora.", "distill."},
                             [&](const char* section) { return key.starts_with(section); });
}

LoadedRecipe load_recipe(const fs::path& path, const std::vector<std::string>& overrides, Scope scope) {
  return parse_recipe(read_file(path), path.string(), overrides, scope);
}

LoadedRecipe parse_recipe(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                          Scope scope) {
  LoadedRecipe loaded;
  const config::OptionSet options = describe(loaded.recipe);
  const config::Table file = config::parse_toml(text, name, loaded.diagnostics);
  if (loaded.diagnostics.has_errors()) return loaded;
  if (!check_version(file, name, loaded.diagnostics)) return loaded;
  options.apply(file, loaded.origins, loaded.diagnostics);
  for (const std::string& assignment : overrides) {
    options.apply(config::parse_override(assignment, loaded.diagnostics), loaded.origins, loaded.diagnostics);
  }
  const bool whole = scope == Scope::kWhole;
  const auto judged = [&](const std::string& key) { return whole ? !is_model_size(key) : !is_of_model_or_data(key); };
  options.check_conditions(select(loaded.origins, judged), loaded.diagnostics);
  check_options(loaded, scope);
  if (whole && !takes_sizes_from_elsewhere(loaded.recipe.model)) check_resolved_model(loaded);
  return loaded;
}

void resolve_model(LoadedRecipe& loaded, const arch::ModelConfig& base) {
  Recipe written = loaded.recipe;
  loaded.recipe.model.config = base;
  const config::OptionSet given = describe(written);
  const config::OptionSet resolved = describe(loaded.recipe);
  for (const config::Option& option : given.options()) {
    if (!is_model_size(option.name()) || loaded.origins.count(option.name()) == 0) continue;
    resolved.find(option.name())->assign(option.value());
  }
  check_resolved_model(loaded);
}

void add_findings(LoadedRecipe& loaded, const Diagnostics& findings) {
  const Diagnostics before = loaded.diagnostics;
  for (Diagnostic finding : findings.items()) {
    if (!finding.key.empty() && has_error_for(before, finding.key)) continue;
    finding.where = config::origin_of(loaded.origins, finding.key);
    loaded.diagnostics.add(std::move(finding));
  }
}

std::string dump_toml(const Recipe& recipe) {
  TRIREME_CHECK(!takes_sizes_from_elsewhere(recipe.model) || recipe.model.config.hidden_size > 0,
                "resolve_model must come before dump_toml");
  Recipe copy = recipe;
  return describe(copy).dump_toml();
}

}  // namespace trireme::recipe
