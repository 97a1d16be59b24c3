#include "trireme/program/own_recipe.h"

#include "trireme/recipe/describe.h"

namespace trireme::program {

namespace {

std::string dump_own_recipe(const recipe::Recipe& recipe) {
  recipe::Recipe copy = recipe;
  return recipe::describe(copy).dump_toml(
      [](const config::Option& option) { return recipe::is_of_model_or_data(option.name()); });
}

}  // namespace

recipe::LoadedRecipe load_own_recipe(const fs::path& path, const std::vector<std::string>& overrides) {
  recipe::LoadedRecipe loaded = recipe::load_recipe(path, overrides, recipe::Scope::kWithoutModelAndData);
  for (const auto& [key, where] : loaded.origins) {
    if (recipe::is_of_model_or_data(key))
      loaded.diagnostics.error(key, "this program has a model and data of its own", "remove it", where);
  }
  if (loaded.recipe.train.recompute == "selective") {
    loaded.diagnostics.error("train.recompute",
                             "\"selective\": what a module of one's own keeps is its own matter; use none or full", {},
                             config::origin_of(loaded.origins, "train.recompute"));
  }
  if (loaded.origins.count("train.seq_len") == 0) loaded.recipe.train.seq_len = 1;
  return loaded;
}

supervise::ConfigIo own_config() { return {.dump = dump_own_recipe, .load = load_own_recipe}; }

}  // namespace trireme::program
