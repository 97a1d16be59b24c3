#include "trireme/cli/bench_step_command.h"

#include "trireme/cli/command.h"

namespace trireme::cli {

namespace {

/// Level and replicas of a mode. REQUIRES: `mode` is one of the argument's choices.
struct ModeDegrees {
  int64_t zero = 0, dp_replicate = 1;
};

ModeDegrees degrees_of(const std::string& mode, int64_t ranks) {
  if (mode == "none" && ranks != 1) throw UsageError(format("--mode none is for one rank, not {}", ranks));
  if (mode == "none" || mode == "ddp") return {0, ranks};
  if (mode != "hsdp") return {mode.back() - '0', 1};
  if (ranks % 2 != 0) throw UsageError(format("--mode hsdp needs an even number of ranks, not {}", ranks));
  return {3, 2};
}

void require_positive(const char* name, int64_t value) {
  if (value < 1) throw UsageError(format("{} must be at least 1, got {}", name, value));
}

}  // namespace

void BenchStepCommand::declare(Arguments& arguments) {
  recipe.declare(arguments);
  arguments.option("--ranks", "N", &ranks, "processes to start on this host");
  arguments.option("--mode", "MODE", &mode, "how state is laid over the ranks").choices = {"none",   "ddp",    "zero-1",
                                                                                           "zero-2", "zero-3", "hsdp"};
  arguments.option("--dtype", "DTYPE", &dtype, "of the computation").choices = {"fp32", "bf16"};
  arguments.option("--threads", "T", &threads, "processor threads of a rank");
  arguments.option("--batch", "SEQUENCES", &batch, "sequences a rank and step; 0: train.micro_batch_size");
  arguments.option("--steps", "K", &steps, "steps to run; the first two are left out of the medians");
  arguments.option("--weights", "FILE", &weights,
                   "initial weights (safetensors), under our names or those of the PyTorch peer");
  arguments.flag("--profile", profile,
                 "print rank 0's processor time by family of kernels, beside the least that the machine needs");
  arguments.json(json);
}

recipe::LoadedRecipe BenchStepCommand::load() const {
  require_positive("--ranks", ranks);
  require_positive("--threads", threads);
  require_positive("--steps", steps);
  const ModeDegrees degrees = degrees_of(mode, ranks);
  RecipeArguments given = recipe;
  const auto set = [&given](const char* key, const auto& value) {
    given.overrides.push_back(format("{}={}", key, value));
  };
  set("parallel.zero", degrees.zero);
  set("parallel.dp_replicate", degrees.dp_replicate);
  set("parallel.dp_shard", ranks / degrees.dp_replicate);
  set("precision.compute", dtype);
  set("system.threads", threads);
  set("train.steps", steps);
  const int64_t rows = batch > 0 ? batch : given.load().recipe.train.micro_batch_size;
  set("train.micro_batch_size", rows);
  set("train.global_batch_size", rows * ranks);
  return given.load();
}

namespace {

const Registered<BenchStepCommand> registered{{
    .name = "bench step",
    .summary = "time training steps: tokens a second, processor time, memory",
    .example = "trireme bench step recipes/bench/llama_15m.toml --ranks 2 --mode zero-3 --batch 16 --steps 8 --json",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
