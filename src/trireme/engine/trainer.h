#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "trireme/arch/model_source.h"
#include "trireme/engine/batch_source.h"
#include "trireme/engine/groups.h"
#include "trireme/engine/replica_check.h"
#include "trireme/engine/step_report.h"
#include "trireme/engine/teacher.h"
#include "trireme/optim/optimizer.h"
#include "trireme/optim/schedule.h"
#include "trireme/parallel/sharded_model.h"
#include "trireme/recipe/recipe.h"

namespace trireme::engine {

/// What moves from step to step besides weights and moments.
struct TrainerState {
  int64_t step = 0;  // steps taken
  int64_t tokens_seen = 0;
  int64_t next_sample = 0;  // global index of the next step's first sample
};

/// The model, its optimizer and the step that moves them.
class Trainer {
 public:
  /// Parameters are zeros until `initialize` or a checkpoint fills them. The groups outlive the trainer.
  Trainer(const recipe::Recipe& recipe, std::vector<parallel::NamedLayer> layers, const parallel::ShardOptions& options,
          Groups groups, telemetry::Tracer* tracer = nullptr);

  /// Seeded initial weights, bit for bit the same in every layout. Collective, as are all that fill parameters.
  void initialize(uint64_t seed);
  /// The weights of a trained model of the same architecture. Each rank reads its own part. Adapters, which the source
  /// lacks, start as `initialize` would start them.
  void load_weights(const arch::ModelSource& source, uint64_t seed);
  /// `fill` writes elements [first, first + out.size()) of a parameter, as fp32.
  using Fill = std::function<void(const arch::ParameterSpec& spec, int64_t first, std::span<float> out)>;
  void fill_parameters(const Fill& fill);

  /// From now on each step distils from `teacher`, which outlives the trainer.
  void learn_from(Teacher& teacher) { teacher_ = &teacher; }

  /// One optimizer step. Collective: every rank calls it equally often and in the same order. Waits for no device
  /// but in the steps that system.verify_every_steps picks; those throw DeviceError, see ReplicaCheck.
  StepReport step(BatchSource& data);
  /// Where system.verify_every_steps is on: compares the state that is about to be saved, unless this step was
  /// compared. Collective. Throws DeviceError, see ReplicaCheck.
  void verify();
  /// On the first `num_batches` global batches of `data`. Collective; waits for the device.
  Evaluation evaluate(BatchSource& data, int64_t num_batches);

  /// This rank's trained masters and optimizer state under global names, in host memory as they are now. Not
  /// collective; waits for the device.
  std::vector<formats::StatePiece> state_pieces();
  /// The masters alone.
  std::vector<formats::StatePiece> parameter_pieces();
  /// Takes over what was written to the pieces, gathers it into the parameters that layers read, and goes on from
  /// `state`. Collective.
  void apply_loaded_state(const TrainerState& state);

  /// Parameters that no checkpoint holds.
  bool has_frozen() { return !model_.shards(parallel::ShardedModel::Which::kFrozen).empty(); }
  const TrainerState& state() const { return state_; }
  parallel::ShardedModel& model() { return model_; }
  const optim::Optimizer& optimizer() const { return *optimizer_; }

 private:
  at::Tensor scalar(double value) const;

  recipe::Recipe recipe_;
  parallel::ShardOptions options_;
  Groups groups_;
  parallel::ShardedModel model_;
  std::vector<parallel::FlatShard> shards_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  parallel::HostCopies host_;
  optim::LearningRate learning_rate_;
  ReplicaCheck replica_check_;
  TrainerState state_;
  int64_t steps_taken_ = 0;  // by this process
  Teacher* teacher_ = nullptr;
};

}  // namespace trireme::engine
