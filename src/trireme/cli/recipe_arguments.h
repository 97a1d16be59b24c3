#pragma once

#include <string>
#include <vector>

#include "trireme/cli/arguments.h"
#include "trireme/recipe/load.h"

namespace trireme::cli {

/// RECIPE and --set, as every command that reads a recipe takes them.
struct RecipeArguments {
  std::string path;
  std::vector<std::string> overrides;  // "section.key=value"

  void declare(Arguments& arguments);
  /// The recipe with its model's sizes resolved, and all that is wrong with it; the caller may add findings.
  recipe::LoadedRecipe read() const;
  /// Prints every finding on standard error. Throws ConfigError when one is an error.
  void require_usable(const recipe::LoadedRecipe& loaded) const;
  /// Both at once.
  recipe::LoadedRecipe load() const;
};

}  // namespace trireme::cli
