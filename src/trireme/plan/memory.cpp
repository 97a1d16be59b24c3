#include "trireme/plan/memory.h"

#include <algorithm>

#include "trireme/arch/block_shape.h"
#include "trireme/core/check.h"
#include "trireme/plan/workspace.h"

namespace trireme::plan {

namespace {

LayerCost cost_of(const arch::LayerSpec& layer, const arch::ModelConfig& config, const recipe::Recipe& recipe,
                  int64_t tokens, const Sharding& sharding) {
  const Dtypes& dtypes = sharding.dtypes;
  const arch::Recompute recompute = recompute_of(recipe.train);
  const int64_t threads = recipe.system.device == "cuda" ? 1 : std::max<int64_t>(recipe.system.threads, 1);
  LayerCost cost{.name = layer.name, .units = {}};
  switch (layer.kind) {
    case arch::LayerKind::kEmbedding: break;
    case arch::LayerKind::kBlock:
      cost.saved = tokens * arch::bytes_per_token(arch::saved_by_block(config, recompute, dtypes.compute));
      cost.backward_workspace = block_backward_workspace(config, recompute, tokens, dtypes, sharding.gradient_dtype());
      break;
    case arch::LayerKind::kHead:
      cost.saved = tokens * arch::bytes_per_token(arch::saved_by_head(config, dtypes.compute));
      cost.forward_workspace = head_forward_workspace(config, tokens, threads, dtypes, sharding.gradient_dtype());
      cost.gradients_in_forward = true;
      break;
  }
  return cost;
}

/// Flat buffers of the optimizer, each as large as the master shard.
int64_t moments_of(const recipe::Optimizer& optimizer) {
  if (optimizer.name == "adamw") return 2;
  return optimizer.momentum > 0 ? 1 : 0;
}

/// Of the table of positions that a model makes once.
int64_t position_row_bytes(const arch::ModelConfig& config, DType compute) {
  const arch::BlockShape shape = arch::block_shape(config, 0);
  switch (shape.positions) {
    case arch::Positions::kRotary: return shape.rotary_dim * size_of(DType::kF32);  // half cosines, half sines
    case arch::Positions::kSinusoidal: return shape.hidden * size_of(compute);
    case arch::Positions::kLearned:
    case arch::Positions::kAlibi: return 0;
  }
  TRIREME_CHECK(false, "unknown positions");
}

int64_t input_bytes(const arch::ModelConfig& config, const recipe::Train& train, DType compute) {
  constexpr int64_t kTokenTargetPosition = 3 * sizeof(int64_t);
  return train.seq_len * (train.micro_batch_size * kTokenTargetPosition + position_row_bytes(config, compute));
}

/// At the head's forward, where all of a teacher's bytes are alive.
int64_t teacher_bytes(const recipe::Recipe& recipe, const Dtypes& dtypes) {
  const arch::ModelConfig& teacher = recipe.distill.teacher_config;
  if (recipe.distill.teacher.empty()) return 0;
  const int64_t tokens = recipe.train.micro_batch_size * recipe.train.seq_len;
  const int64_t persistent =
      (arch::describe(teacher).num_parameters() + tokens * teacher.hidden_size) * size_of(dtypes.compute);
  return persistent + distillation_workspace(recipe.model.config, teacher, tokens, dtypes);
}

}  // namespace

std::vector<std::pair<std::string, int64_t>> by_kind(const Memory& memory) {
  return {{"parameters", memory.parameters},   {"master_weights", memory.master_weights},
          {"gradients", memory.gradients},     {"optimizer_state", memory.optimizer_state},
          {"gathered", memory.gathered},       {"gradient_buffers", memory.gradient_buffers},
          {"activations", memory.activations}, {"workspace", memory.workspace},
          {"inputs", memory.inputs},           {"teacher", memory.teacher}};
}

arch::Recompute recompute_of(const recipe::Train& train) {
  const auto mode = arch::recompute_from_name(train.recompute);
  TRIREME_CHECK(mode.has_value(), "unknown train.recompute \"{}\"", train.recompute);
  return *mode;
}

StepWalk walk_of(const arch::Architecture& architecture, const UnitPlan& units, const Sharding& sharding,
                 const recipe::Recipe& recipe, int64_t microbatch_tokens) {
  std::vector<LayerCost> layers;
  for (size_t i = 0; i < architecture.layers.size(); ++i) {
    layers.push_back(cost_of(architecture.layers[i], architecture.config, recipe, microbatch_tokens, sharding));
    layers.back().units = units.by_layer[i];
  }
  return walk_step(units.units, layers,
                   {.shards_parameters = sharding.parameters(),
                    .shards_gradients = sharding.gradients(),
                    .narrows_gradients = sharding.narrows_gradients(),
                    .reshard_after_forward = sharding.reshard_after_forward,
                    .dtypes = sharding.dtypes});
}

Memory plan_memory(const recipe::Recipe& recipe, const UnitPlan& units, const Sharding& sharding,
                   const StepWalk& walk) {
  const Dtypes& dtypes = sharding.dtypes;
  int64_t whole = 0, shard = 0, trained_whole = 0, trained_shard = 0;
  for (const Unit& unit : units.units) {
    whole += unit.padded_numel();
    shard += unit.shard_numel;
    if (unit.frozen) continue;
    trained_whole += unit.padded_numel();
    trained_shard += unit.shard_numel;
  }
  Memory memory;
  if (!sharding.parameters()) memory.parameters = whole * size_of(dtypes.compute);
  const bool master_is_slice = !sharding.parameters() && dtypes.compute == dtypes.master;
  if (!master_is_slice) memory.master_weights = shard * size_of(dtypes.master);
  memory.gradients = (sharding.gradients() ? trained_shard : trained_whole) * size_of(dtypes.master);
  memory.optimizer_state = moments_of(recipe.optimizer) * trained_shard * size_of(dtypes.master);
  memory.gathered = walk.peak.gathered;
  memory.gradient_buffers = walk.peak.gradient_buffers;
  memory.activations = walk.peak.saved;
  memory.workspace = walk.peak.workspace;
  memory.inputs = input_bytes(recipe.model.config, recipe.train, dtypes.compute);
  memory.teacher = teacher_bytes(recipe, dtypes);
  memory.moment = walk.moment;
  return memory;
}

}  // namespace trireme::plan
