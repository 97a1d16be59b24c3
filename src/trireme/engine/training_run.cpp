#include "trireme/engine/training_run.h"

#include <ATen/ATen.h>

#include "trireme/comm/host_values.h"
#include "trireme/core/clock.h"
#include "trireme/core/log.h"
#include "trireme/engine/devices.h"
#include "trireme/engine/setup.h"

namespace trireme::engine {

using mesh::Axis;

TrainingRun::TrainingRun(const recipe::Recipe& recipe, Task task, const mesh::Mesh& mesh, RunOptions options)
    : recipe_(recipe),
      mesh_(mesh),
      options_(std::move(options)),
      task_(std::move(task)),
      trainer_(recipe, std::move(task_.layers), shard_options(recipe, options_.device),
               {mesh.group(Axis::kDpShard), mesh.group(Axis::kDpReplicate), mesh.group(Axis::kBatch)},
               options_.tracer) {
  if (task_.teacher) trainer_.learn_from(*task_.teacher);
}

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
  if (!stopped && options_.on_finished) options_.on_finished(trainer_);
  return stopped ? RunEnd::kStopped : RunEnd::kFinished;
}

void TrainingRun::start() {
  comm::Communicator& world = mesh_.world();
  checkpoints_ = std::make_unique<RunCheckpoints>(recipe_,
                                                  RunCheckpoints::Options{.root = options_.folder / "checkpoints",
                                                                          .generation = options_.generation,
                                                                          .data_identity = task_.data_identity,
                                                                          .tokenizer = task_.tokenizer,
                                                                          .model_config = task_.model_config,
                                                                          .adapter_config = task_.adapter_config},
                                                  world);
  const auto initialize = std::move(task_.initialize);  // it may hold the initial weights
  const bool part_is_frozen = trainer_.has_frozen();
  if (part_is_frozen) initialize(trainer_);  // checkpoints hold only what is trained
  const auto loaded = options_.resume ? checkpoints_->restore(trainer_) : std::nullopt;
  reporter_ = std::make_unique<RunReporter>(
      recipe_,
      RunReporter::Options{.folder = options_.folder,
                           .device = options_.device,
                           .last_step = trainer_.state().step,
                           .skipped = loaded ? loaded->state.skipped_steps : 0,
                           .flops_per_token = task_.flops_per_token,
                           .peak_flops = peak_flops(options_.device, *dtype_from_name(recipe_.precision.compute))},
      world);
  if (!loaded && !part_is_frozen) initialize(trainer_);
  if (!loaded) return;
  for (const std::string& warning : loaded->warnings) reporter_->warning(warning);
}

bool TrainingRun::stop_agreed(const StopSignals& stop) {
  return comm::max_over(mesh_.world(), stop.requested() ? 1.0 : 0.0) > 0.0;
}

void TrainingRun::take_step() {
  const Stopwatch timer;
  const StepReport report = trainer_.step(*task_.train);
  reporter_->step(report, timer.seconds());
  if (options_.on_step) options_.on_step(report.step);
}

void TrainingRun::evaluate() {
  if (!task_.valid) return;
  reporter_->flush();
  reporter_->evaluation(trainer_.state().step, trainer_.evaluate(*task_.valid, task_.valid_batches));
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

}  // namespace trireme::engine
