#include "trireme/recipe/describe.h"

namespace trireme::recipe {

namespace {

void describe_data(config::OptionSet& options, Data& data) {
  options.section("data", "Token files, made by `trireme data prepare`, blended by weight.");
  options.add("train", &data.train, "\"PREFIX\" or \"WEIGHT PREFIX\" of each .bin/.idx pair");
  options.add("valid", &data.valid, "the same for validation; empty: valid_fraction of train");
  options.add("valid_fraction", &data.valid_fraction, "part of train that is kept for validation").at_least(0).below(1);
  options.add("tokenizer", &data.tokenizer, "tokenizer.json or its folder, .gguf, .model, .tiktoken, or \"bytes\"");
  options.add("order", &data.order, "order of samples").choices({"shuffled", "sequential"});
  options
      .add("packing", &data.packing,
           "stream: documents back to back; documents: no attention across their borders; whole: that, and none is cut "
           "that fits into a row, which is filled up with tokens that don't count")
      .choices({"stream", "documents", "whole"});
  options.add("verify", &data.verify,
              "before the run, read the token files once and compare them with the hash in PREFIX.json");
  options.add("mask_fraction", &data.mask_fraction, "encoders: part of the tokens that are hidden and must be found")
      .above(0)
      .below(1);
  options.add("synthetic", &data.synthetic, "seeded tokens from a counter instead of files, for benchmarks");
}

void describe_parallel(config::OptionSet& options, Parallel& parallel) {
  options.section("parallel", "Degrees of the mesh axes, outermost first. Their product is the number of ranks.");
  options.add("pp", &parallel.pp, "pipeline stages; not built yet: only 1").at_least(1);
  options.add("dp_replicate", &parallel.dp_replicate, "copies of the sharded model (HSDP)").at_least(1);
  options.add("dp_shard", &parallel.dp_shard, "ranks that share one copy; -1: what is left of the world").at_least(-1);
  options.add("cp", &parallel.cp, "context parallel: ranks that share a sequence; not built yet: only 1").at_least(1);
  options.add("tp", &parallel.tp, "tensor parallel: ranks that share a matrix; not built yet: only 1").at_least(1);
  options.add("ep", &parallel.ep, "expert parallel: ranks that share the experts; not built yet: only 1").at_least(1);
  options
      .add("zero", &parallel.zero,
           "what dp_shard shards. 0: nothing (DDP); 1: optimizer state; 2: gradients too; 3: parameters too "
           "(FSDP)")
      .between(0, 3);
  options
      .add("reshard_after_forward", &parallel.reshard_after_forward,
           "free gathered parameters after forward and gather them again for backward")
      .only_when("parallel.zero = 3", [&parallel] { return parallel.zero == 3; });
  options.add("sequence_parallel", &parallel.sequence_parallel,
              "split activations along the sequence within tp; not built yet: only false");
  options.add("schedule", &parallel.schedule, "order of microbatches in the pipeline; not built yet: only 1f1b")
      .choices({"gpipe", "1f1b", "interleaved_1f1b", "zero_bubble"});
}

void describe_precision(config::OptionSet& options, Precision& precision) {
  options.section("precision", "Master weights and optimizer state are fp32, or fp64 with compute = \"fp64\".");
  options.add("compute", &precision.compute, "dtype of gathered parameters and activations")
      .choices({"fp32", "bf16", "fp64"});
  options.add("reduce", &precision.reduce, "dtype of gradient collectives; fp64 with compute = \"fp64\"")
      .choices({"fp32", "bf16"})
      .only_when("precision.compute = \"fp32\" or \"bf16\"", [&precision] { return precision.compute != "fp64"; });
}

void describe_optimizer(config::OptionSet& options, Optimizer& optimizer) {
  options.section("optimizer", "The update rule. Its state is sharded as [parallel] zero says.");
  const auto adamw = [&optimizer] { return optimizer.name == "adamw"; };
  const auto sgd = [&optimizer] { return optimizer.name == "sgd"; };
  options.add("name", &optimizer.name, "update rule").choices({"adamw", "sgd"});
  options.add("learning_rate", &optimizer.learning_rate, "peak learning rate").at_least(0);
  options.add("beta1", &optimizer.beta1, "decay of the first moment")
      .at_least(0)
      .below(1)
      .only_when("optimizer.name = \"adamw\"", adamw);
  options.add("beta2", &optimizer.beta2, "decay of the second moment")
      .at_least(0)
      .below(1)
      .only_when("optimizer.name = \"adamw\"", adamw);
  options.add("eps", &optimizer.eps, "added to the root of the second moment")
      .above(0)
      .only_when("optimizer.name = \"adamw\"", adamw);
  options.add("momentum", &optimizer.momentum, "decay of the velocity")
      .at_least(0)
      .below(1)
      .only_when("optimizer.name = \"sgd\"", sgd);
  options.add("weight_decay", &optimizer.weight_decay, "decoupled decay, times the learning rate").at_least(0);
  options.add("max_norm", &optimizer.max_norm, "limit of the global gradient norm; 0: no clipping").at_least(0);
  options.add("decay_norms", &optimizer.decay_norms, "weight decay of norm weights");
  options.add("decay_embeddings", &optimizer.decay_embeddings, "weight decay of the embedding");
}

void describe_schedule(config::OptionSet& options, Schedule& schedule) {
  options.section("schedule", "The learning rate over steps, as a part of optimizer.learning_rate.");
  const auto varies = [&schedule] { return schedule.name != "constant"; };
  const auto ends = [&schedule] { return schedule.name != "constant" && schedule.name != "inverse_sqrt"; };
  options.add("name", &schedule.name, "shape after the warm-up")
      .choices({"constant", "linear", "cosine", "wsd", "inverse_sqrt"});
  options.add("warmup_steps", &schedule.warmup_steps, "linear rise from 0").at_least(0).unit("steps");
  options
      .add("decay_steps", &schedule.decay_steps,
           "step at which the decay ends, 0: train.steps; for wsd the length of the decay, 0: a tenth of "
           "train.steps")
      .at_least(0)
      .unit("steps")
      .only_when("schedule.name = \"linear\", \"cosine\" or \"wsd\"", ends);
  options.add("min_ratio", &schedule.min_ratio, "lowest learning rate, as a part of the peak")
      .between(0, 1)
      .only_when("schedule.name other than \"constant\"", varies);
}

void describe_train(config::OptionSet& options, Train& train) {
  options.section("train", "How long, and how much at once.");
  options.add("steps", &train.steps, "optimizer updates").at_least(1).unit("steps");
  options.add("global_batch_size", &train.global_batch_size, "sequences a step, over all ranks")
      .at_least(1)
      .unit("sequences");
  options.add("micro_batch_size", &train.micro_batch_size, "sequences in one forward on one rank")
      .at_least(1)
      .unit("sequences");
  options.add("seq_len", &train.seq_len, "tokens a sequence that are predicted").at_least(1).unit("tokens");
  options.add("seed", &train.seed, "of initial weights and of the order of samples");
  options.add("recompute", &train.recompute, "activation checkpointing: what backward computes again")
      .choices({"none", "selective", "full"});
  options
      .add("max_skipped_steps", &train.max_skipped_steps,
           "the run stops after more non-finite steps than this in a row")
      .at_least(0)
      .unit("steps");
}

void describe_distill(config::OptionSet& options, Distill& distill) {
  options.section("distill", "A trained model, the teacher, whose predictions the model learns beside the data.");
  const std::string condition = "distill.teacher";
  const auto teaches = [&distill] { return !distill.teacher.empty(); };
  options.add("teacher", &distill.teacher,
              "Hugging Face folder, GGUF file, checkpoint or run folder of the teacher; empty: none");
  options.add("temperature", &distill.temperature, "divides the logits of both before they are compared")
      .above(0)
      .only_when(condition, teaches);
  options.add("weight", &distill.weight, "of the teacher in the loss; the data have the rest")
      .between(0, 1)
      .only_when(condition, teaches);
  options
      .add("vocabulary", &distill.vocabulary,
           "leading ids that teacher and model share, where they are compared; 0: all, and both have equally many")
      .at_least(0)
      .unit("ids")
      .only_when(condition, teaches);
}

void describe_output(config::OptionSet& options, Recipe& recipe) {
  Checkpoint& checkpoint = recipe.checkpoint;
  options.section("checkpoint", "What is saved to continue from. Any layout loads any other's.");
  options.add("every_steps", &checkpoint.every_steps, "save this often; 0: only at the end and on a signal")
      .at_least(0)
      .unit("steps");
  options.add("keep", &checkpoint.keep, "newest checkpoints that are kept").at_least(1);
  options.add("keep_hours", &checkpoint.keep_hours, "also keep those that are younger than this; 0: none")
      .at_least(0)
      .unit("hours");
  options.add("keep_every_steps", &checkpoint.keep_every_steps, "also keep every multiple of this for ever; 0: none")
      .at_least(0)
      .unit("steps");
  options.add("asynchronous", &checkpoint.asynchronous, "write while training goes on");

  options.section("evaluate", "Loss on the valid split during training.");
  options.add("every_steps", &recipe.evaluate.every_steps, "evaluate this often; 0: only at the end")
      .at_least(0)
      .unit("steps");
  options
      .add("batches", &recipe.evaluate.batches,
           "global batches of the valid split; as many whole ones as it has, where they are fewer")
      .at_least(1);

  Log& log = recipe.log;
  options.section("log", "What a run writes and prints.");
  options.add("folder", &log.folder, "folder of run folders");
  options.add("name", &log.name, "name of the run's folder; empty: the recipe's file name");
  options.add("every_steps", &log.every_steps, "print this often").at_least(1).unit("steps");
  options.add("tensorboard", &log.tensorboard, "write TensorBoard event files");
  options.add("trace", &log.trace, "file for a Chrome trace of spans; empty: none");
}

void describe_system(config::OptionSet& options, System& system) {
  options.section("system", "Where and how the ranks run.");
  options.add("device", &system.device, "where to compute").choices({"auto", "cpu", "cuda"});
  options.add("threads", &system.threads, "threads a rank; 0: cores / ranks of the node").between(0, 1024);
  options.add("backend", &system.backend, "communication back-end")
      .choices({"auto", "local", "shm", "mpi", "hierarchical", "nccl"});
  options.add("timeout_s", &system.timeout_s, "deadline of a collective").above(0).unit("seconds");
  options.add("heartbeat_s", &system.heartbeat_s, "a rank that is silent for several of these is looked at")
      .above(0)
      .unit("seconds");
  options.add("deterministic", &system.deterministic,
              "same bits from run to run, also on GPUs, where attention in 16 bits then takes about twice the time");
  options
      .add("verify_every_steps", &system.verify_every_steps,
           "compare state that several ranks must hold bit for bit, to find silent corruption; 0: off")
      .at_least(0)
      .unit("steps");
}

}  // namespace

config::OptionSet describe(Recipe& recipe) {
  config::OptionSet options;
  options.add("version", &recipe.version, "version of this format; always the first line").between(1, 1);
  describe_model(options, recipe.model);
  describe_lora(options, recipe.lora);
  describe_data(options, recipe.data);
  describe_parallel(options, recipe.parallel);
  describe_precision(options, recipe.precision);
  describe_optimizer(options, recipe.optimizer);
  describe_schedule(options, recipe.schedule);
  describe_train(options, recipe.train);
  describe_distill(options, recipe.distill);
  describe_output(options, recipe);
  describe_system(options, recipe.system);
  return options;
}

}  // namespace trireme::recipe
