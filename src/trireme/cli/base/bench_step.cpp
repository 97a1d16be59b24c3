#include "trireme/cli/bench_step_command.h"

#include "trireme/cli/base/bench_ranks.h"
#include "trireme/cli/training_tower.h"
#include "trireme/supervise/rank_env.h"

namespace trireme::cli {

namespace {

RankWords rank_words(const BenchStepCommand& command) {
  RankWords words({"bench", "step", command.recipe.path});
  for (const std::string& override : command.recipe.overrides) words.add("--set", override);
  words.add("--ranks", command.ranks);
  words.add("--mode", command.mode);
  words.add("--dtype", command.dtype);
  words.add("--threads", command.threads);
  words.add("--batch", command.batch);
  words.add("--steps", command.steps);
  if (!command.weights.empty()) words.add("--weights", command.weights);
  words.flag("--profile", command.profile);
  words.flag("--json", command.json);
  return words;
}

}  // namespace

ExitCode BenchStepCommand::run() {
  if (supervise::read_rank_env().launcher != supervise::Launcher::kSingle) become_training_tower();
  const recipe::LoadedRecipe loaded = load();
  return run_bench_ranks(rank_words(*this), ranks, Seconds(loaded.recipe.system.heartbeat_s));
}

}  // namespace trireme::cli
