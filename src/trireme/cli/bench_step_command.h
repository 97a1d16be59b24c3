#pragma once

#include "trireme/cli/arguments.h"
#include "trireme/cli/recipe_arguments.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// `trireme bench step`. In `trireme` run() starts the ranks; in `trireme-train` it is one of them.
struct BenchStepCommand {
  RecipeArguments recipe;
  int64_t ranks = 1;
  std::string mode = "none";
  std::string dtype = "fp32";
  int64_t threads = 1;
  int64_t batch = 0;  // sequences a rank; 0: the recipe's train.micro_batch_size
  int64_t steps = 8;
  std::string weights;  // safetensors file
  bool profile = false;
  bool json = false;

  void declare(Arguments& arguments);
  ExitCode run();

  /// The recipe as these arguments change it. Prints every problem; throws ConfigError or UsageError.
  recipe::LoadedRecipe load() const;
};

}  // namespace trireme::cli
