#include <iostream>

#include "trireme/cli/train_command.h"
#include "trireme/cli/training_tower.h"
#include "trireme/plan/plan.h"
#include "trireme/supervise/rank_env.h"
#include "trireme/supervise/training_job.h"

namespace trireme::cli {

namespace {

/// Throws ConfigError when the recipe can't run on so many ranks, after printing why.
plan::Plan plan_for(const recipe::LoadedRecipe& loaded, const std::string& path, int64_t ranks) {
  plan::Outcome outcome = plan::make_plan(loaded.recipe, {.size = ranks});
  for (Diagnostic problem : outcome.problems.items()) {
    problem.where = config::origin_of(loaded.origins, problem.key);
    std::cerr << to_string(problem) << "\n";
  }
  if (!outcome.plan) throw ConfigError(format("{} can't run on {} ranks", path, ranks));
  return *outcome.plan;
}

}  // namespace

ExitCode TrainCommand::run() {
  // Under mpirun, srun or torchrun-style variables this process is itself a rank.
  if (supervise::read_rank_env().launcher != supervise::Launcher::kSingle) become_training_tower();
  const recipe::LoadedRecipe loaded = load();
  const int64_t ranks = supervise::check_job(job, loaded.recipe);
  const plan::Plan plan = plan_for(loaded, recipe.path, ranks);
  return supervise::run_job({.recipe = loaded.recipe,
                             .asked = job,
                             .ranks = ranks,
                             .executable = training_executable(),
                             .first_arguments = {"train"},
                             .title = format("{} parameters", format_count(static_cast<double>(plan.num_parameters))),
                             .command = "trireme"});
}

}  // namespace trireme::cli
