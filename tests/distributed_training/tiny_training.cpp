#include "distributed_training/tiny_training.h"

#include <ATen/ATen.h>

#include "support/ranks.h"
#include "trireme/core/philox.h"
#include "trireme/engine/setup.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::testing {

using at::Tensor;

TinyRun::TinyRun() {
  arch::ModelConfig& config = recipe.model.config;
  config.hidden_size = 20;
  config.intermediate_size = 36;
  config.num_hidden_layers = 3;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 1;
  config.head_dim = 10;
  config.vocab_size = 53;
  config.max_position_embeddings = 16;
  config.tie_word_embeddings = true;
  recipe.train.global_batch_size = 12;
  recipe.train.micro_batch_size = 1;
  recipe.train.seq_len = 11;
  recipe.optimizer.learning_rate = 1e-2;
  recipe.schedule.name = "constant";
}

CountedBatches::CountedBatches(const TinyRun& run, comm::Communicator& batch)
    : recipe_(run.recipe), rank_(batch.rank().value()), ranks_(batch.size()) {}

std::vector<layer::Microbatch> CountedBatches::take(int64_t first_sample) {
  const auto& train = recipe_.train;
  const int64_t rows = train.micro_batch_size;
  const int64_t microbatches = train.global_batch_size / rows / ranks_;
  std::vector<layer::Microbatch> batches;
  for (int64_t m = 0; m < microbatches; ++m) {
    const int64_t first = first_sample + (m * ranks_ + rank_) * rows;
    const Tensor tokens = at::empty({rows, train.seq_len + 1}, at::kLong);
    auto view = tokens.accessor<int64_t, 2>();
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = 0; i <= train.seq_len; ++i) {
        const auto word = philox4x32(7, static_cast<uint64_t>(first + row), static_cast<uint64_t>(i / 2))[0];
        view[row][i] = static_cast<int64_t>(word % static_cast<uint32_t>(recipe_.model.config.vocab_size));
      }
    // Samples have different numbers of valid targets, so that a mean of means would be wrong.
    const Tensor targets = tokens.slice(1, 1).clone();
    for (int64_t row = 0; row < rows; ++row) targets[row].slice(0, 0, (first + row) % 4).fill_(layer::kIgnoredTarget);
    const at::Device device = kernels::aten_device(rank_device());
    batches.push_back(
        engine::make_microbatch(tokens.slice(1, 0, train.seq_len).contiguous().to(device), targets.to(device)));
  }
  return batches;
}

std::unique_ptr<engine::Trainer> make_trainer(const TinyRun& run, engine::Groups groups, const Mode& mode,
                                              telemetry::Tracer* tracer) {
  recipe::Recipe recipe = run.recipe;
  recipe.parallel.zero = mode.zero;
  recipe.parallel.reshard_after_forward = run.reshard_after_forward;
  const Device device = rank_device();
  auto layers = engine::named_layers(recipe, arch::describe(recipe.model.config, recipe.lora), device);
  auto trainer = std::make_unique<engine::Trainer>(recipe, std::move(layers), engine::shard_options(recipe, device),
                                                   groups, tracer);
  trainer->initialize(recipe.train.seed);
  return trainer;
}

void WholeTensors::add(const std::vector<formats::StatePiece>& pieces) {
  const std::scoped_lock lock(mutex_);
  for (const auto& piece : pieces) {
    Tensor& whole = tensors_[piece.name];
    const at::ScalarType dtype = kernels::scalar_type(piece.dtype);
    if (!whole.defined()) whole = at::full(piece.shape, NAN, dtype);
    const auto count = static_cast<int64_t>(piece.bytes.size()) / size_of(piece.dtype);
    whole.flatten().narrow(0, piece.first, count).copy_(at::from_blob(piece.bytes.data(), {count}, dtype));
  }
}

std::vector<formats::StatePiece> gradient_pieces(parallel::ShardedModel& model, parallel::HostCopies& host) {
  std::vector<formats::StatePiece> pieces;
  for (const auto& shard : model.shards())
    for (auto& piece : parallel::state_pieces(shard, host.of(shard.gradient))) pieces.push_back(std::move(piece));
  host.refresh();
  return pieces;
}

std::unique_ptr<Trace> train(const TinyRun& run, int ranks, const Mode& mode) {
  auto trace = std::make_unique<Trace>();
  train_on_ranks(
      ranks, mode,
      [&](const mesh::Mesh& mesh) {
        const auto trainer = make_trainer(run, groups_of(mesh), mode);
        CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
        trace->initial_parameters.add(trainer->parameter_pieces());
        for (int64_t i = 0; i < run.steps; ++i) {
          const engine::StepReport report = trainer->step(batches);
          parallel::HostCopies host;
          if (i == 0) trace->first_gradients.add(gradient_pieces(trainer->model(), host));
          if (mesh.world().rank() == Rank(0)) trace->add(report);
        }
        trace->final_parameters.add(trainer->parameter_pieces());
      },
      run.backend);
  return trace;
}

void Trace::add(const engine::StepReport& report) {
  losses.push_back(report.loss.item<double>());
  grad_norms.push_back(report.grad_norm.item<double>());
  skipped.push_back(report.skipped.item<double>());
}

}  // namespace trireme::testing
