#pragma once

#include <cstdint>
#include <vector>

#include "trireme/formats/state_piece.h"

namespace trireme::formats {

/// Which elements of a global tensor a piece holds: a run of a box, as StatePiece has it.
struct PieceRange {
  std::vector<int64_t> box_offsets;  // empty: the whole tensor
  std::vector<int64_t> box_shape;
  int64_t first = 0;
  int64_t count = 0;

  bool operator==(const PieceRange&) const = default;
};

/// Throws BugError when the piece's sizes contradict each other.
PieceRange range_of(const StatePiece& piece);

/// Elements that two pieces share and that are contiguous in both; positions count from the start of each piece's run.
struct Overlap {
  int64_t from = 0;
  int64_t to = 0;
  int64_t count = 0;
};

/// All elements of `source` that `target` holds too. Both are pieces of one tensor of this shape.
std::vector<Overlap> overlaps(const std::vector<int64_t>& shape, const PieceRange& source, const PieceRange& target);

}  // namespace trireme::formats
