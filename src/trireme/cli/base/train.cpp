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

/// Throws UsageError.
void check_restarts(const TrainCommand& command, int64_t ranks) {
  if (command.max_restarts < 0)
    throw UsageError(format("--max-restarts must be at least 0, got {}", command.max_restarts));
  if (command.min_ranks < 0 || command.min_ranks > ranks)
    throw UsageError(
        format("--min-ranks must be from 1 to the {} ranks of the run, or 0, got {}", ranks, command.min_ranks));
  if (command.min_ranks > 0 && command.max_restarts == 0)
    throw UsageError(format("--min-ranks {} does nothing without --max-restarts", command.min_ranks));
  if (!(command.restart_delay >= 0 && command.restart_delay <= 60))
    throw UsageError(format("--restart-delay must be from 0 to 60 seconds, got {}", command.restart_delay));
}

/// `recipe` outlives the options.
supervise::SupervisorOptions options_for(const supervise::RunFolder& folder, const recipe::Recipe& recipe,
                                         const TrainCommand& command, int64_t ranks) {
  supervise::SupervisorOptions options;
  options.executable = training_executable();
  options.restart_arguments = {"train", folder.config().string(), "--resume"};
  options.arguments = options.restart_arguments;
  if (!command.resume) options.arguments.pop_back();
  options.restarts.world = static_cast<int>(ranks);
  options.restarts.max_restarts = static_cast<int>(command.max_restarts);
  options.restarts.min_ranks = static_cast<int>(command.min_ranks);
  options.restarts.first_delay = Seconds(command.restart_delay);
  options.restarts.accepts = [&recipe](int world) { return plan::make_plan(recipe, {.size = world}).plan.has_value(); };
  options.log_folder = folder.logs();
  options.job_id = format("{}-{}-{}", recipe.log.name, host_name(), ::getpid());
  options.heartbeat = Seconds(recipe.system.heartbeat_s);
  return options;
}

}  // namespace

ExitCode TrainCommand::run() {
  // Under mpirun, srun or torchrun-style variables this process is itself a rank.
  if (supervise::read_rank_env().launcher != supervise::Launcher::kSingle) become_training_tower();
  const recipe::LoadedRecipe loaded = load();
  const int64_t num_ranks = check_ranks(ranks, loaded.recipe);
  check_restarts(*this, num_ranks);
  const plan::Plan plan = plan_for(loaded, recipe.path, num_ranks);
  training_executable();  // before anything is written

  const supervise::RunFolder folder(loaded.recipe, resume);
  supervise::SupervisorOptions options = options_for(folder, loaded.recipe, *this, num_ranks);
  folder.write_environment("supervisor", options.restarts.world, options.job_id);
  telemetry::EventLog events(folder.path() / "events.jsonl");
  events.write("start", {{"world", options.restarts.world}, {"resume", resume}, {"changes", folder.changes()}});
  for (const std::string& change : folder.changes()) std::cerr << format("changed since the run began: {}\n", change);
  std::cerr << format("{}: {} parameters on {} rank{}, logs in {}\n", folder.path().string(),
                      format_count(static_cast<double>(plan.num_parameters)), num_ranks, num_ranks == 1 ? "" : "s",
                      folder.logs().string());

  options.on_restart = [&events](int generation, int world, const std::string& cause) {
    events.write("restart", {{"generation", generation}, {"world", world}, {"cause", cause}});
  };
  const ExitCode code = supervise::supervise(options);
  events.write("end", {{"exit_code", static_cast<int>(code)}});
  if (code == ExitCode::kStopped) {
    std::cerr << format("stopped after saving; go on with: trireme train {} --resume\n", folder.config().string());
  }
  return code;
}

}  // namespace trireme::cli
