#include <unistd.h>

#include "trireme/cli/bench_step_command.h"
#include "trireme/cli/training_tower.h"
#include "trireme/core/environment.h"
#include "trireme/core/file.h"
#include "trireme/supervise/rank_env.h"
#include "trireme/supervise/supervisor.h"

namespace trireme::cli {

namespace {

std::vector<std::string> rank_arguments(const BenchStepCommand& command) {
  std::vector<std::string> words = {"bench", "step", command.recipe.path};
  const auto add = [&words](const char* name, const auto& value) {
    words.emplace_back(name);
    words.push_back(format("{}", value));
  };
  for (const std::string& override : command.recipe.overrides) add("--set", override);
  add("--ranks", command.ranks);
  add("--mode", command.mode);
  add("--dtype", command.dtype);
  add("--threads", command.threads);
  add("--batch", command.batch);
  add("--steps", command.steps);
  if (!command.weights.empty()) add("--weights", command.weights);
  if (command.json) words.emplace_back("--json");
  return words;
}

}  // namespace

ExitCode BenchStepCommand::run() {
  if (supervise::read_rank_env().launcher != supervise::Launcher::kSingle) become_training_tower();
  const recipe::LoadedRecipe loaded = load();
  const fs::path logs = fs::temp_directory_path() / format("trireme-bench-{}", ::getpid());
  supervise::SupervisorOptions options;
  options.executable = training_executable();
  options.arguments = rank_arguments(*this);
  options.world = static_cast<int>(ranks);
  options.log_folder = logs;
  options.job_id = format("bench-{}-{}", host_name(), ::getpid());
  options.heartbeat = Seconds(loaded.recipe.system.heartbeat_s);
  const ExitCode code = supervise::supervise(options);
  std::error_code ignored;
  if (code == ExitCode::kOk) fs::remove_all(logs, ignored);
  return code;
}

}  // namespace trireme::cli
