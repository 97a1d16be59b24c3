#include "trireme/cli/bench_collectives_command.h"

#include "trireme/cli/base/bench_ranks.h"
#include "trireme/cli/training_tower.h"
#include "trireme/supervise/rank_env.h"

namespace trireme::cli {

namespace {

RankWords rank_words(const BenchCollectivesCommand& command) {
  RankWords words({"bench", "collectives"});
  words.add("--ranks", command.ranks);
  words.add("--operations", command.operations);
  words.add("--dtype", command.dtype);
  words.add("--min", command.min);
  words.add("--max", command.max);
  words.add("--rounds", command.rounds);
  words.add("--buffers", command.buffers);
  words.add("--backend", command.backend);
  words.add("--device", command.device);
  words.flag("--json", command.json);
  return words;
}

}  // namespace

ExitCode BenchCollectivesCommand::run() {
  if (supervise::read_rank_env().launcher != supervise::Launcher::kSingle) become_training_tower();
  check();
  return run_bench_ranks(rank_words(*this), ranks, Seconds(recipe().system.heartbeat_s));
}

}  // namespace trireme::cli
