#include "trireme/program/own_recipe.h"

#include <algorithm>
#include <array>

#include "trireme/recipe/describe.h"

namespace trireme::program {

namespace {

bool is_programs_own(const std::string& key) {
  return std::ranges::any_of(std::array{"model.", "data.", "lora.", "distill."},
                             [&](const char* section) { return key.starts_with(section); });
}

std::string dump_own_recipe(const recipe::Recipe& recipe) {
  recipe::Recipe copy = recipe;
  return recipe::describe(copy).dump_toml([](const config::Option& option) { return is_programs_own(option.name()); });
}

}  // namespace

recipe::LoadedRecipe load_own_recipe(const fs::path& path, const std::vector<std::string>& overrides) {
  // The rules of a recipe ask for data from somewhere, and judge sizes of a model: neither is this recipe's matter.
  std::vector<std::string> with_data = {"data.synthetic=true"};
  with_data.insert(with_data.end(), overrides.begin(), overrides.end());
  recipe::LoadedRecipe loaded = recipe::load_recipe(path, with_data);

  Diagnostics kept;
  for (const Diagnostic& finding : loaded.diagnostics.items())
    if (!is_programs_own(finding.key)) kept.add(finding);
  for (const auto& [key, where] : loaded.origins) {
    if (is_programs_own(key) && key != "data.synthetic")
      kept.error(key, "this program has a model and data of its own", "remove it", where);
  }
  if (loaded.recipe.train.recompute == "selective") {
    kept.error("train.recompute", "\"selective\": what a module of one's own keeps is its own matter; use none or full",
               {}, config::origin_of(loaded.origins, "train.recompute"));
  }
  if (loaded.origins.count("train.seq_len") == 0) loaded.recipe.train.seq_len = 1;
  loaded.diagnostics = std::move(kept);
  return loaded;
}

supervise::ConfigIo own_config() { return {.dump = dump_own_recipe, .load = load_own_recipe}; }

}  // namespace trireme::program
