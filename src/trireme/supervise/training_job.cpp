#include "trireme/supervise/training_job.h"

#include <unistd.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/core/environment.h"
#include "trireme/plan/plan.h"
#include "trireme/supervise/slots.h"
#include "trireme/supervise/supervisor.h"
#include "trireme/telemetry/event_log.h"

namespace trireme::supervise {

namespace {

/// Throws UsageError.
void check_restarts(const JobArguments& asked, int64_t ranks) {
  if (asked.max_restarts < 0) throw UsageError(format("--max-restarts must be at least 0, got {}", asked.max_restarts));
  if (asked.min_ranks < 0 || asked.min_ranks > ranks)
    throw UsageError(
        format("--min-ranks must be from 1 to the {} ranks of the run, or 0, got {}", ranks, asked.min_ranks));
  if (asked.min_ranks > 0 && asked.max_restarts == 0)
    throw UsageError(format("--min-ranks {} does nothing without --max-restarts", asked.min_ranks));
  if (!(asked.restart_delay >= 0 && asked.restart_delay <= 60))
    throw UsageError(format("--restart-delay must be from 0 to 60 seconds, got {}", asked.restart_delay));
}

std::vector<std::string> rank_arguments(const TrainingJob& job, const fs::path& config, bool resume) {
  std::vector<std::string> words = job.first_arguments;
  words.push_back(config.string());
  if (resume) words.push_back("--resume");
  words.insert(words.end(), job.last_arguments.begin(), job.last_arguments.end());
  return words;
}

/// `job` outlives the options.
SupervisorOptions options_for(const RunFolder& folder, const TrainingJob& job) {
  const recipe::Recipe& recipe = job.recipe;
  SupervisorOptions options;
  options.executable = job.executable;
  options.arguments = rank_arguments(job, folder.config(), job.asked.resume);
  options.restart_arguments = rank_arguments(job, folder.config(), /*resume=*/true);
  options.restarts.world = static_cast<int>(job.ranks);
  options.restarts.max_restarts = static_cast<int>(job.asked.max_restarts);
  options.restarts.min_ranks = static_cast<int>(job.asked.min_ranks);
  options.restarts.first_delay = Seconds(job.asked.restart_delay);
  options.restarts.accepts = [&recipe](int world) {
    return !plan::find_problems(recipe, {.size = world}).has_errors();
  };
  options.log_folder = folder.logs();
  options.job_id = format("{}-{}-{}", recipe.log.name, host_name(), ::getpid());
  options.heartbeat = Seconds(recipe.system.heartbeat_s);
  return options;
}

}  // namespace

int64_t check_job(const JobArguments& asked, const recipe::Recipe& recipe) {
  if (asked.ranks < 0) throw UsageError(format("--ranks must be at least 1, got {}", asked.ranks));
  const int64_t ranks = asked.ranks > 0 ? asked.ranks : default_ranks(recipe);
  check_slots(recipe, ranks);
  check_restarts(asked, ranks);
  return ranks;
}

ExitCode run_job(const TrainingJob& job) {
  const RunFolder folder(job.recipe, job.asked.resume, job.config);
  SupervisorOptions options = options_for(folder, job);
  folder.write_environment("supervisor", options.restarts.world, options.job_id);
  telemetry::EventLog events(folder.path() / "events.jsonl");
  events.write("start",
               {{"world", options.restarts.world}, {"resume", job.asked.resume}, {"changes", folder.changes()}});
  for (const std::string& change : folder.changes()) std::cerr << format("changed since the run began: {}\n", change);
  std::cerr << format("{}: {} on {} rank{}, logs in {}\n", folder.path().string(), job.title, job.ranks,
                      job.ranks == 1 ? "" : "s", folder.logs().string());

  options.on_restart = [&events](int generation, int world, const std::string& cause) {
    events.write("restart", {{"generation", generation}, {"world", world}, {"cause", cause}});
  };
  const ExitCode code = supervise(options);
  events.write("end", {{"exit_code", static_cast<int>(code)}});
  if (code == ExitCode::kStopped) {
    std::string again = job.command;
    for (const std::string& word : rank_arguments(job, folder.config(), /*resume=*/true)) again += " " + word;
    std::cerr << format("stopped after saving; go on with: {}\n", again);
  }
  return code;
}

}  // namespace trireme::supervise
