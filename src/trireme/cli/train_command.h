#pragma once

#include "trireme/cli/arguments.h"
#include "trireme/cli/recipe_arguments.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// `trireme train`. In `trireme` run() prepares the run folder and supervises the ranks of this host; in
/// `trireme-train` it is one rank, of a world that supervise::read_rank_env() tells.
struct TrainCommand {
  RecipeArguments recipe;
  int64_t ranks = 0;  // 0: as many as the recipe's degrees or the host's GPUs say
  int64_t max_restarts = 0;
  int64_t min_ranks = 0;  // 0: as many as it started with
  double restart_delay = 1;
  bool resume = false;
  std::string trace;

  void declare(Arguments& arguments);
  ExitCode run();

  /// The recipe with log.name and --trace filled in. Prints every problem; throws ConfigError when one is an error.
  recipe::LoadedRecipe load() const;
};

}  // namespace trireme::cli
