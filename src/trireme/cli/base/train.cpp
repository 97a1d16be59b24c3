#include <unistd.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/cli/train_command.h"
#include "trireme/cli/training_tower.h"
#include "trireme/core/environment.h"
#include "trireme/plan/plan.h"
#include "trireme/supervise/rank_env.h"
#include "trireme/supervise/run_folder.h"
#include "trireme/supervise/slots.h"
#include "trireme/supervise/supervisor.h"
#include "trireme/telemetry/event_log.h"

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

int64_t check_ranks(int64_t given, const recipe::Recipe& recipe) {
  if (given < 0) throw UsageError(format("--ranks must be at least 1, got {}", given));
  const int64_t ranks = given > 0 ? given : supervise::default_ranks(recipe);
  supervise::check_slots(recipe, ranks);
  return ranks;
}

supervise::SupervisorOptions options_for(const supervise::RunFolder& folder, const recipe::Recipe& recipe,
                                         const TrainCommand& command, int64_t ranks) {
  supervise::SupervisorOptions options;
  options.executable = training_executable();
  options.restart_arguments = {"train", folder.config().string(), "--resume"};
  options.arguments = options.restart_arguments;
  if (!command.resume) options.arguments.pop_back();
  options.world = static_cast<int>(ranks);
  options.max_restarts = static_cast<int>(command.max_restarts);
  options.log_folder = folder.logs();
  options.job_id = format("{}-{}-{}", recipe.log.name, host_name(), ::getpid());
  options.heartbeat = Seconds(recipe.system.heartbeat_s);
  return options;
}

}  // namespace

ExitCode TrainCommand::run() {
  // Under mpirun, srun or torchrun-style variables this process is itself a rank.
  if (supervise::read_rank_env().launcher != supervise::Launcher::kSingle) become_training_tower();
  if (max_restarts < 0) throw UsageError(format("--max-restarts must be at least 0, got {}", max_restarts));

  const recipe::LoadedRecipe loaded = load();
  const int64_t num_ranks = check_ranks(ranks, loaded.recipe);
  const plan::Plan plan = plan_for(loaded, recipe.path, num_ranks);
  training_executable();  // before anything is written

  const supervise::RunFolder folder(loaded.recipe, resume);
  supervise::SupervisorOptions options = options_for(folder, loaded.recipe, *this, num_ranks);
  folder.write_environment("supervisor", options.world, options.job_id);
  telemetry::EventLog events(folder.path() / "events.jsonl");
  events.write("start", {{"world", options.world}, {"resume", resume}, {"changes", folder.changes()}});
  for (const std::string& change : folder.changes()) std::cerr << format("changed since the run began: {}\n", change);
  std::cerr << format("{}: {} parameters on {} rank{}, logs in {}\n", folder.path().string(),
                      format_count(static_cast<double>(plan.num_parameters)), num_ranks, num_ranks == 1 ? "" : "s",
                      folder.logs().string());

  options.on_restart = [&events](int generation, const std::string& cause) {
    events.write("restart", {{"generation", generation}, {"cause", cause}});
  };
  const ExitCode code = supervise::supervise(options);
  events.write("end", {{"exit_code", static_cast<int>(code)}});
  if (code == ExitCode::kStopped) {
    std::cerr << format("stopped after saving; go on with: trireme train {} --resume\n", folder.config().string());
  }
  return code;
}

}  // namespace trireme::cli
