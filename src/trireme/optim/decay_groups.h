#pragma once

#include <vector>

#include "trireme/parallel/flat_shard.h"
#include "trireme/recipe/recipe.h"

namespace trireme::optim {

/// Parts of the flat shards that share one weight decay: lists of equal length for the fused kernels.
struct DecayGroup {
  double weight_decay = 0.0;
  std::vector<at::Tensor> values, gradients;
  std::vector<std::vector<at::Tensor>> states;  // one list for each kind of state
};

/// True when the recipe's exclusions leave this parameter's decay on. Vectors are norms (and biases); embeddings are
/// known by their name.
bool decays(const arch::ParameterSpec& spec, const recipe::Optimizer& options);

/// Views of the shards, and of `states` laid out like them (states[kind][shard]), split where the decay changes.
std::vector<DecayGroup> decay_groups(const std::vector<parallel::FlatShard>& shards,
                                     const std::vector<std::vector<at::Tensor>>& states,
                                     const recipe::Optimizer& options);

}  // namespace trireme::optim
