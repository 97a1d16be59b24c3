#pragma once

#include "trireme/cli/arguments.h"
#include "trireme/cli/recipe_arguments.h"
#include "trireme/core/error.h"
#include "trireme/supervise/job_arguments.h"

namespace trireme::cli {

/// `trireme train`. In `trireme` run() prepares the run folder and supervises the ranks of this host; in
/// `trireme-train` it is one rank, of a world that supervise::read_rank_env() tells.
struct TrainCommand {
  RecipeArguments recipe;
  supervise::JobArguments job;
  std::string trace;

  void declare(Arguments& arguments);
  ExitCode run();

  /// The recipe with log.name and --trace filled in. Prints every problem; throws ConfigError when one is an error.
  recipe::LoadedRecipe load() const;
};

}  // namespace trireme::cli
