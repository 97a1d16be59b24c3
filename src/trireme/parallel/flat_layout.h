#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trireme/arch/architecture.h"

namespace trireme::parallel {

/// One tensor of a flat buffer.
struct FlatTensor {
  arch::ParameterSpec spec;
  int64_t offset = 0;  // elements from the start of the whole buffer
};

/// The part of one tensor that lies in one shard.
struct TensorRun {
  size_t tensor = 0;   // index into FlatLayout::tensors()
  int64_t first = 0;   // first element of the run within the tensor
  int64_t count = 0;   // elements
  int64_t offset = 0;  // elements from the start of the shard
};

/// Where the tensors of a unit lie in one flat buffer that divides evenly into shards. Tensors start on aligned
/// borders, so that kernels and vector loads see aligned rows; the padding holds zeros and is never a parameter.
class FlatLayout {
 public:
  /// `alignment` in elements. REQUIRES: alignment > 0, num_shards > 0.
  FlatLayout(std::vector<arch::ParameterSpec> specs, int64_t alignment, int num_shards);

  std::span<const FlatTensor> tensors() const { return tensors_; }
  int num_shards() const { return num_shards_; }
  int64_t shard_numel() const { return shard_numel_; }
  int64_t numel() const { return shard_numel_ * num_shards_; }
  /// What shard `shard` holds, in buffer order. Empty when it is all padding.
  std::vector<TensorRun> runs(int shard) const;

 private:
  std::vector<FlatTensor> tensors_;
  int num_shards_;
  int64_t shard_numel_ = 0;
};

}  // namespace trireme::parallel
