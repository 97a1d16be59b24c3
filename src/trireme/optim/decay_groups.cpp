#include "trireme/optim/decay_groups.h"

#include <ATen/ATen.h>

namespace trireme::optim {

namespace {

/// Adds elements [first, first + count) of shard `index` to the group.
void add_range(DecayGroup& group, const parallel::FlatShard& shard, const std::vector<std::vector<at::Tensor>>& states,
               size_t index, int64_t first, int64_t count) {
  if (count == 0) return;
  group.values.push_back(shard.value.narrow(0, first, count));
  group.gradients.push_back(shard.gradient.narrow(0, first, count));
  for (size_t kind = 0; kind < states.size(); ++kind)
    group.states[kind].push_back(states[kind][index].narrow(0, first, count));
}

}  // namespace

bool decays(const arch::ParameterSpec& spec, const recipe::Optimizer& options) {
  if (spec.shape.size() < 2) return options.decay_norms;
  const bool is_embedding = spec.name.find("embed") != std::string::npos;
  return !is_embedding || options.decay_embeddings;
}

std::vector<DecayGroup> decay_groups(const std::vector<parallel::FlatShard>& shards,
                                     const std::vector<std::vector<at::Tensor>>& states,
                                     const recipe::Optimizer& options) {
  std::vector<DecayGroup> groups(2);
  groups[0].weight_decay = options.weight_decay;
  for (auto& group : groups) group.states.resize(states.size());

  for (size_t i = 0; i < shards.size(); ++i) {
    const auto& runs = shards[i].runs;
    int64_t begin = 0;
    for (size_t r = 0; r < runs.size(); ++r) {
      const bool decay = decays(*runs[r].spec, options);
      const bool ends_here = r + 1 == runs.size() || decays(*runs[r + 1].spec, options) != decay;
      if (!ends_here) continue;
      // Padding between runs holds zeros, which every update leaves alone, so neighbours form one range.
      const int64_t end = runs[r].offset + runs[r].count;
      add_range(groups[decay ? 0 : 1], shards[i], states, i, begin, end - begin);
      begin = end;
    }
  }
  return groups;
}

}  // namespace trireme::optim
