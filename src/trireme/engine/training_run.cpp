#include "trireme/engine/training_run.h"

#include <ATen/ATen.h>

#include "trireme/core/clock.h"
#include "trireme/core/log.h"
#include "trireme/engine/devices.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::engine {

using mesh::Axis;

TrainingRun::TrainingRun(const recipe::Recipe& recipe, const plan::Plan& plan, const mesh::Mesh& mesh,
                         RunOptions options)
    : recipe_(recipe),
      plan_(plan),
      mesh_(mesh),
      options_(std::move(options)),
      train_data_(open_train_data(recipe)),
      valid_data_(open_valid_data(recipe)),
      batches_(train_data_, batch_layout(), mesh.index(Axis::kBatch), kernels::aten_device(options_.device)),
      trainer_(recipe, named_layers(recipe, arch::describe(recipe.model.config), options_.device),
               shard_options(recipe, options_.device),
               {mesh.group(Axis::kDpShard), mesh.group(Axis::kDpReplicate), mesh.group(Axis::kBatch)},
               options_.tracer) {}

RunEnd TrainingRun::run(const StopSignals& stop) {
  start();
  bool stopped = false;
  while (trainer_.state().step < recipe_.train.steps && !(stopped = stop_agreed(stop))) {
    take_step();
    if (recipe_.evaluate.every_steps > 0 && trainer_.state().step % recipe_.evaluate.every_steps == 0) evaluate();
    if (checkpoints_->due(trainer_.state().step)) save();
  }
  reporter_->flush();
  const bool evaluated = recipe_.evaluate.every_steps > 0 && recipe_.train.steps % recipe_.evaluate.every_steps == 0;
  if (!stopped && !evaluated) evaluate();
  save();
  checkpoints_->wait();
  if (options_.on_checkpoint_saved) options_.on_checkpoint_saved(checkpoints_->durable_step());
  return stopped ? RunEnd::kStopped : RunEnd::kFinished;
}

void TrainingRun::start() {
  comm::Communicator& world = mesh_.world();
  checkpoints_ = std::make_unique<RunCheckpoints>(
      recipe_,
      RunCheckpoints::Options{.root = options_.folder / "checkpoints",
                              .generation = options_.generation,
                              .data_identity = train_data_->identity(),
                              .tokenizer = world.rank() == Rank(0) ? open_tokenizer(recipe_) : TokenizerFile{}},
      world);
  const auto loaded = options_.resume ? checkpoints_->restore(trainer_) : std::nullopt;
  reporter_ = std::make_unique<RunReporter>(
      recipe_,
      RunReporter::Options{
          .folder = options_.folder,
          .device = options_.device,
          .last_step = trainer_.state().step,
          .skipped = loaded ? loaded->state.skipped_steps : 0,
          .flops_per_token = arch::flops_per_token(plan_.flops, recipe_.train.seq_len, arch::FlopConvention::kMatmul),
          .peak_flops = peak_flops(options_.device, *dtype_from_name(recipe_.precision.compute))},
      world);
  if (loaded) {
    for (const std::string& warning : loaded->warnings) reporter_->warning(warning);
    return;
  }
  if (!recipe_.model.from.empty() && recipe_.model.load_weights) {
    trainer_.load_weights(*arch::open_model_source(recipe_.model.from));
  } else {
    trainer_.initialize(recipe_.train.seed);
  }
}

bool TrainingRun::stop_agreed(const StopSignals& stop) {
  return max_over(mesh_.world(), stop.requested() ? 1.0 : 0.0) > 0.0;
}

void TrainingRun::take_step() {
  const Stopwatch timer;
  const StepReport report = trainer_.step(batches_);
  reporter_->step(report, timer.seconds());
  if (options_.on_step) options_.on_step(report.step);
}

void TrainingRun::evaluate() {
  if (!valid_data_) return;
  reporter_->flush();
  SampleBatches batches(valid_data_, batch_layout(), mesh_.index(Axis::kBatch), kernels::aten_device(options_.device));
  const double loss = trainer_.evaluate(batches, recipe_.evaluate.batches).item<double>();
  const int64_t tokens = recipe_.evaluate.batches * recipe_.train.global_batch_size * recipe_.train.seq_len;
  reporter_->evaluation(trainer_.state().step, loss, tokens);
}

void TrainingRun::save() {
  reporter_->flush();  // a checkpoint never stands for a step that the metrics lack
  trainer_.verify();
  const double waited_before = comm::waited_seconds();
  const auto seconds = checkpoints_->save(trainer_, reporter_->skipped());
  if (seconds) reporter_->checkpoint(trainer_.state().step, *seconds, comm::waited_seconds() - waited_before);
  const int64_t durable = checkpoints_->durable_step();
  if (options_.on_checkpoint_saved && durable > 0) options_.on_checkpoint_saved(durable);
}

data::BatchLayout TrainingRun::batch_layout() const {
  return {.global_batch_size = recipe_.train.global_batch_size,
          .micro_batch_size = recipe_.train.micro_batch_size,
          .num_data_ranks = plan_.batch.batch_ranks};
}

}  // namespace trireme::engine
