#include "trireme/engine/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "trireme/core/clock.h"
#include "trireme/engine/guard.h"
#include "trireme/engine/heap.h"
#include "trireme/model/initialize.h"
#include "trireme/optim/grad_norm.h"

namespace trireme::engine {

using at::Tensor;

namespace {

Tensor count_valid_tokens(const std::vector<layer::Microbatch>& batches) {
  Tensor count;
  for (const auto& batch : batches) {
    const Tensor valid = batch.targets.ne(layer::kIgnoredTarget).sum();
    count = count.defined() ? count + valid : valid;
  }
  return count.to(at::kDouble);
}

Trainer::Fill seeded(uint64_t seed) {
  constexpr int64_t kPiece = 1 << 16;  // elements, each a function of its own index
  return [seed](const arch::ParameterSpec& spec, int64_t first, std::span<float> out) {
    at::parallel_for(0, static_cast<int64_t>(out.size()), kPiece, [&](int64_t begin, int64_t end) {
      model::initial_values(seed, spec, first + begin,
                            out.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
    });
  };
}

}  // namespace

Trainer::Trainer(const recipe::Recipe& recipe, std::vector<parallel::NamedLayer> layers,
                 const parallel::ShardOptions& options, Groups groups, telemetry::Tracer* tracer)
    : recipe_(recipe),
      options_(options),
      groups_(groups),
      model_(std::move(layers), groups.data_parallel(), options, tracer),
      shards_(model_.shards()),
      optimizer_(optim::make_optimizer(recipe.optimizer, shards_)),
      learning_rate_(recipe.schedule, recipe.optimizer.learning_rate, recipe.train.steps),
      replica_check_(recipe.system.verify_every_steps, groups) {}

void Trainer::initialize(uint64_t seed) { fill_parameters(seeded(seed)); }

void Trainer::load_weights(const arch::ModelSource& source, uint64_t seed) {
  fill_parameters(
      [&source, adapter = seeded(seed)](const arch::ParameterSpec& spec, int64_t first, std::span<float> out) {
        arch::is_adapter(spec) ? adapter(spec, first, out) : source.read(spec, first, out);
      });
}

void Trainer::fill_parameters(const Fill& fill) {
  using Which = parallel::ShardedModel::Which;
  for (const Which which : {Which::kTrained, Which::kFrozen}) {
    for (const auto& shard : model_.shards(which))
      for (const auto& run : shard.runs) {
        const Tensor values = at::empty({run.count}, at::kFloat);
        fill(*run.spec, run.first, {values.mutable_data_ptr<float>(), static_cast<size_t>(run.count)});
        shard.value.narrow(0, run.offset, run.count).copy_(values);
      }
    model_.publish(which);
  }
}

StepReport Trainer::step(BatchSource& data) {
  if (steps_taken_++ == 1 && options_.device.is_cpu()) heap_to_huge_pages();  // all that a step takes is there now
  const Stopwatch waiting;
  std::vector<layer::Microbatch> batches = data.take(state_.next_sample);
  const double data_seconds = waiting.seconds();
  const double waited_before = comm::waited_seconds();

  // Normalise by tokens counted over the whole batch, so that padding on one rank cannot weigh its loss more than
  // a peer's.
  const Tensor valid_tokens = sum_over(groups_.batch, count_valid_tokens(batches));
  const Tensor loss_scale = valid_tokens.reciprocal();

  model_.begin_step();
  layer::StepSums sums{.loss = scalar(0.0), .row_loss = {}, .divergence = teacher_ ? scalar(0.0) : Tensor()};
  for (size_t i = 0; i < batches.size(); ++i) {
    batches[i].loss_scale = loss_scale;
    if (teacher_) batches[i].distillation = teacher_->teach(batches[i]);
    model_.forward_backward(batches[i], sums, /*last_microbatch=*/i + 1 == batches.size());
    batches[i].distillation.reset();
  }
  model_.finish_gradients();

  const Tensor loss = sum_over(groups_.batch, sums.loss) / valid_tokens;
  const Tensor norm = optim::grad_norm(shards_, groups_.shard);
  const Tensor skip = skip_verdict(loss, norm);
  const bool verified = replica_check_.due(state_.step + 1);
  if (verified) replica_check_.compare_published(state_.step + 1, model_);
  const double rate = learning_rate_.at(state_.step);
  const double max_norm = recipe_.optimizer.max_norm;
  optimizer_->step({.learning_rate = scalar(rate).to(at::kFloat),
                    .gradient_divisor = max_norm > 0 ? optim::clip_divisor(norm, max_norm) : Tensor(),
                    .skip = skip});
  model_.publish();

  ++state_.step;
  if (verified) verify();
  state_.next_sample += recipe_.train.global_batch_size;
  state_.tokens_seen += recipe_.train.global_batch_size * recipe_.train.seq_len;
  return {.step = state_.step,
          .tokens_seen = state_.tokens_seen,
          .learning_rate = rate,
          .data_seconds = data_seconds,
          .comm_seconds = options_.device.is_cpu() ? comm::waited_seconds() - waited_before : NAN,
          .loss = loss,
          .distill_loss = teacher_ ? sum_over(groups_.batch, sums.divergence) / valid_tokens : Tensor(),
          .grad_norm = norm,
          .skipped = skip};
}

void Trainer::verify() {
  if (replica_check_.on()) replica_check_.compare_state(state_.step, state_pieces());
}

Evaluation Trainer::evaluate(BatchSource& data, int64_t num_batches) {
  layer::StepSums sums{.loss = scalar(0.0), .row_loss = {}};
  Tensor valid_tokens = scalar(0.0);
  for (int64_t i = 0; i < num_batches; ++i) {
    const auto batches = data.take(i * recipe_.train.global_batch_size);
    for (const auto& batch : batches) model_.evaluate(batch, &sums);
    valid_tokens += count_valid_tokens(batches);
  }
  const double targets = sum_over(groups_.batch, valid_tokens).item<double>();
  const double loss = sum_over(groups_.batch, sums.loss).item<double>() / targets;
  return {.loss = loss, .targets = static_cast<int64_t>(targets)};
}

std::vector<formats::StatePiece> Trainer::parameter_pieces() {
  std::vector<formats::StatePiece> pieces = model_.state_pieces(host_);
  host_.refresh();
  return pieces;
}

std::vector<formats::StatePiece> Trainer::state_pieces() {
  std::vector<formats::StatePiece> pieces = model_.state_pieces(host_);
  for (auto& piece : optimizer_->state_pieces(host_)) pieces.push_back(std::move(piece));
  host_.refresh();
  return pieces;
}

void Trainer::apply_loaded_state(const TrainerState& state) {
  state_ = state;
  host_.write_back();
  model_.publish();
}

Tensor Trainer::scalar(double value) const {
  return at::full({}, value, at::TensorOptions().dtype(at::kDouble).device(options_.device));
}

}  // namespace trireme::engine
