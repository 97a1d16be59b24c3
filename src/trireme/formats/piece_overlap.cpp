#include "trireme/formats/piece_overlap.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "trireme/core/check.h"

namespace trireme::formats {

namespace {

int64_t product(const std::vector<int64_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>());
}

/// A box whose trailing dimensions, as far as both boxes hold them whole, are folded into one.
struct Box {
  std::vector<int64_t> offsets;
  std::vector<int64_t> shape;

  /// Place, within the box in row-major order, of an element given by its global coordinates.
  int64_t index_of(const std::vector<int64_t>& coordinates) const {
    int64_t index = 0;
    for (size_t d = 0; d < shape.size(); ++d) index = index * shape[d] + coordinates[d] - offsets[d];
    return index;
  }
};

Box box_of(const PieceRange& range, const std::vector<int64_t>& shape) {
  if (range.box_shape.empty()) return {std::vector<int64_t>(shape.size(), 0), shape};
  return {range.box_offsets, range.box_shape};
}

void fold_last_dimension(Box& box) {
  const int64_t size = box.shape.back();
  box.shape.pop_back();
  box.offsets.pop_back();
  box.shape.back() *= size;
  box.offsets.back() *= size;
}

void fold_whole_dimensions(std::vector<int64_t>& shape, Box& a, Box& b) {
  while (shape.size() > 1 && a.shape.back() == shape.back() && b.shape.back() == shape.back()) {
    fold_last_dimension(a);
    fold_last_dimension(b);
    const int64_t size = shape.back();
    shape.pop_back();
    shape.back() *= size;
  }
}

/// Moves to the next line of [low, high), leaving the last coordinate at its low end. False after the last line.
bool next_line(std::vector<int64_t>& at, const std::vector<int64_t>& low, const std::vector<int64_t>& high) {
  for (size_t d = at.size() - 1; d-- > 0;) {
    if (++at[d] < high[d]) return true;
    at[d] = low[d];
  }
  return false;
}

}  // namespace

PieceRange range_of(const StatePiece& piece) {
  const auto bytes = static_cast<int64_t>(piece.bytes.size());
  PieceRange range{piece.box_offsets, piece.box_shape, piece.first, bytes / size_of(piece.dtype)};
  const int64_t available = product(piece.box_shape.empty() ? piece.shape : piece.box_shape);
  TRIREME_CHECK(piece.box_offsets.size() == piece.box_shape.size() &&
                    (piece.box_shape.empty() || piece.box_shape.size() == piece.shape.size()),
                "{}: box and shape of different rank", piece.name);
  TRIREME_CHECK(bytes % size_of(piece.dtype) == 0 && range.first >= 0 && range.first + range.count <= available,
                "{}: run [{}, {}) of {} elements", piece.name, range.first, range.first + range.count, available);
  return range;
}

std::vector<Overlap> overlaps(const std::vector<int64_t>& global_shape, const PieceRange& source,
                              const PieceRange& target) {
  std::vector<int64_t> shape = global_shape;
  Box from = box_of(source, shape), to = box_of(target, shape);
  if (shape.empty()) {  // a scalar is a line of one
    shape = {1};
    from = to = {{0}, {1}};
  }
  fold_whole_dimensions(shape, from, to);
  std::vector<int64_t> low, high;
  for (size_t d = 0; d < shape.size(); ++d) {
    low.push_back(std::max(from.offsets[d], to.offsets[d]));
    high.push_back(std::min(from.offsets[d] + from.shape[d], to.offsets[d] + to.shape[d]));
    if (low[d] >= high[d]) return {};
  }
  std::vector<Overlap> result;
  std::vector<int64_t> at = low;
  do {
    // Positions of the line's first element in both runs; they may lie before the run.
    const int64_t a = from.index_of(at) - source.first;
    const int64_t b = to.index_of(at) - target.first;
    const int64_t begin = std::max({int64_t{0}, -a, -b});
    const int64_t end = std::min({high.back() - low.back(), source.count - a, target.count - b});
    if (begin < end) result.push_back({a + begin, b + begin, end - begin});
  } while (next_line(at, low, high));
  return result;
}

}  // namespace trireme::formats
