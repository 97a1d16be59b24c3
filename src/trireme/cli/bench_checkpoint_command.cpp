#include "trireme/cli/bench_checkpoint_command.h"

#include "trireme/cli/command.h"

namespace trireme::cli {

void BenchCheckpointCommand::declare(Arguments& arguments) {
  arguments.option("--folder", "DIR", &folder, "on the disk to measure; its files of this benchmark are removed")
      .required = true;
  arguments.option("--size", "MIB", &mib, "of the whole state; three times that much memory is needed");
  arguments.option("--ranks", "N", &ranks, "ranks that save together");
  arguments.option("--rounds", "K", &rounds, "of each measurement; medians are printed");
  arguments.json(json);
}

namespace {

const Registered<BenchCheckpointCommand> registered{{
    .name = "bench checkpoint",
    .summary = "time saving and loading checkpoints against what the disk can do",
    .example = "trireme bench checkpoint --folder /fsx/bench --size 2048",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
