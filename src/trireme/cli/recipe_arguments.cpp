#include "trireme/cli/recipe_arguments.h"

#include <iostream>

#include "trireme/core/error.h"
#include "trireme/plan/resolve_model.h"
#include "trireme/plan/resolve_teacher.h"

namespace trireme::cli {

void RecipeArguments::declare(Arguments& arguments) {
  arguments.positional("RECIPE", &path, "TOML file that describes the run");
  arguments.option("--set", "KEY=VALUE", &overrides, "override an option, for example train.steps=200");
}

recipe::LoadedRecipe RecipeArguments::read() const {
  recipe::LoadedRecipe loaded = recipe::load_recipe(path, overrides);
  plan::resolve_model(loaded);
  plan::resolve_teacher(loaded);
  return loaded;
}

void RecipeArguments::require_usable(const recipe::LoadedRecipe& loaded) const {
  std::cerr << loaded.diagnostics.to_string();
  if (loaded.diagnostics.has_errors()) throw ConfigError(format("{} can't be used as it is", path));
}

recipe::LoadedRecipe RecipeArguments::load() const {
  recipe::LoadedRecipe loaded = read();
  require_usable(loaded);
  return loaded;
}

}  // namespace trireme::cli
