#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trireme/core/dtype.h"

namespace trireme::formats {

/// The part of one global tensor that a rank holds: a run of elements, in row-major order, of a box of the tensor.
/// FSDP shards are runs of the whole tensor; a tensor-parallel rank's box is its slice.
struct StatePiece {
  std::string name;            // "model.norm.weight", "model.norm.weight.exp_avg"
  std::vector<int64_t> shape;  // of the global tensor
  DType dtype = DType::kF32;
  std::vector<int64_t> box_offsets;  // empty: the whole tensor
  std::vector<int64_t> box_shape;
  int64_t first = 0;           // first element of the run within the box
  std::span<std::byte> bytes;  // the rank's memory; size_of(dtype) * elements of the run
};

}  // namespace trireme::formats
