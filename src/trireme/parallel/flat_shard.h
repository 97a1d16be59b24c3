#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/formats/state_piece.h"

namespace trireme::parallel {

/// A run of one parameter in a rank's flat shard.
struct ShardRun {
  const arch::ParameterSpec* spec = nullptr;
  int64_t first = 0;   // first element within the whole parameter
  int64_t count = 0;   // elements
  int64_t offset = 0;  // elements from the start of the shard
};

/// What the optimizer steps: one unit's masters and reduced gradients of this rank, both flat and of one dtype.
/// Elements between runs are padding: zeros in both, and they stay zeros.
struct FlatShard {
  at::Tensor value;
  at::Tensor gradient;  // undefined where frozen
  std::vector<ShardRun> runs;
};

/// The runs of `flat`, a tensor laid out as `shard.value`, under the parameters' names followed by `suffix`.
std::vector<formats::StatePiece> state_pieces(const FlatShard& shard, const at::Tensor& flat,
                                              const std::string& suffix = {});

}  // namespace trireme::parallel
