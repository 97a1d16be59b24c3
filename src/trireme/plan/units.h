#pragma once

#include <string>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/core/dtype.h"
#include "trireme/recipe/recipe.h"

namespace trireme::plan {

/// Dtypes of a run: of layers, of gradients, and of masters and optimizer state.
struct Dtypes {
  DType compute = DType::kF32;
  DType reduce = DType::kF32;
  DType master = DType::kF32;  // fp64 under fp64 compute, else fp32
};
/// fp64 under fp64 compute, whatever `reduce` says. REQUIRES: names that a recipe's validation has accepted.
Dtypes dtypes_of(const recipe::Precision& precision);

/// What is gathered and reduced at once: the parameters that the same layers use, flat and padded. A tied
/// weight makes a unit of its own, which two layers share; frozen parameters make others.
struct Unit {
  std::string name;
  int64_t numel = 0;        // parameters
  int64_t shard_numel = 0;  // elements of one rank's shard, padding included
  int64_t num_shards = 1;
  std::vector<size_t> layers;  // that use it, ascending
  bool frozen = false;         // has no gradients and no optimizer state

  int64_t padded_numel() const { return shard_numel * num_shards; }
  int64_t padding() const { return padded_numel() - numel; }
};

struct UnitPlan {
  std::vector<Unit> units;
  std::vector<std::vector<size_t>> by_layer;  // indices into units, in the order of the layer's parameters
};

/// Units over `num_shards` ranks. Tensors and shards start on 256-byte borders of the narrower dtype.
UnitPlan plan_units(const arch::Architecture& architecture, int64_t num_shards, const Dtypes& dtypes);

}  // namespace trireme::plan
