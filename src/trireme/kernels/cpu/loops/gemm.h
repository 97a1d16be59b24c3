#pragma once

#include "trireme/kernels/cpu/loops/pack.h"
#include "trireme/kernels/cpu/loops/vector_tile.h"

// Blocked matrix product after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008, over a
// Tile: how a strip of A lies, and how a block of C is multiplied in registers.

/// Asks for `rows` rows of `bytes` each: what comes next then travels while the tiles before it are multiplied.
TRIREME_INLINE void prefetch(const void* first, int64_t stride_bytes, int64_t rows, int64_t bytes) {
  constexpr int64_t kLine = 64;
  const char* row = static_cast<const char*>(first);
  for (int64_t i = 0; i < rows; ++i, row += stride_bytes)
    for (int64_t at = 0; at < bytes; at += kLine) __builtin_prefetch(row + at, 0, 2);
}

template <class Element>
void prefetch_a(const Element* from, const Gemm::Operand& a, int64_t depth, int64_t rows) {
  constexpr int64_t kSize = sizeof(Element);
  if (a.k_stride == 1) return prefetch(from, a.outer_stride * kSize, rows, depth * kSize);
  prefetch(from, a.k_stride * kSize, depth, rows * kSize);
}

/// to = from + addend, by rows of at most kColumns; addend may be null.
template <class From, class Addend, class To>
TRIREME_INLINE void write_block(const From* from, int64_t from_stride, const Addend* addend, To* to, int64_t stride,
                                int64_t rows, int64_t columns) {
  const auto each = [&](const auto& value) {
    if (columns < kColumns) {
      for (int64_t i = 0; i < rows; ++i)
        each_block(columns, [&](int64_t j, auto extent) { store(to + i * stride + j, value(i, j, extent), extent); });
    } else {
#pragma GCC unroll 4
      for (int64_t i = 0; i < rows; ++i) store_pair(to + i * stride, value(i, 0, Whole{}), value(i, kLanes, Whole{}));
    }
  };
  if (addend == nullptr) return each([&](int64_t i, int64_t j, auto e) { return load(from + i * from_stride + j, e); });
  each([&](int64_t i, int64_t j, auto extent) {
    return load(from + i * from_stride + j, extent) + load(addend + i * stride + j, extent);
  });
}

/// The whole product for C of type Out. What is summed over strips of k is fp32: C itself, or a place beside it.
template <class Tile, class Out>
class Product {
  using Words = typename Tile::Words;
  using Element = typename Words::Element;
  static constexpr bool kFloatC = sizeof(Out) == sizeof(float);
  // Of k, for which A stays in the first-level cache.
  static constexpr int64_t kStrip = Tile::kDepth / Words::kPlanes * Words::kPerWord;
  static_assert(Tile::kRows <= kGemmTile && kStrip >= kGemmLeastDepth && Tile::kDepth <= kGemmDepth);

 public:
  explicit Product(const Gemm& call) : call_(call) {
    constexpr int64_t kLeast = Words::kPlanes * kStrip;  // of k at a time: C is read and written as often
    const int64_t strip_words = words_of(call.k < kLeast ? call.k : kLeast);
    const int64_t fitting = kGemmPackedB / (strip_words > 0 ? strip_words : 1) / kColumns * kColumns;
    columns_ = padded(call.n) < fitting ? padded(call.n) : fitting;
    depth_ = kGemmPackedB / (columns_ * Tile::kDepth) * kStrip;
    if (depth_ < kStrip) depth_ = kStrip;
    if (call.packed_b != nullptr) b_fits_ = reinterpret_cast<const uint32_t*>(call.packed_b)[flag_place()] != 0;
  }

  /// Panels of B for as much of k as the second-level cache holds, then strips of A by all of them.
  void run() {
    [[maybe_unused]] const typename Tile::Session session;
    for (int64_t j = 0; j < call_.n; j += columns_) {
      const int64_t columns = call_.n - j < columns_ ? call_.n - j : columns_;
      for (int64_t begin = 0; begin == 0 || begin < call_.k; begin += depth_) {
        const int64_t end = call_.k - begin < depth_ ? call_.k : begin + depth_;
        const uint32_t* const b = call_.packed_b != nullptr ? packed_before(begin, j, columns) : workspace_b();
        if (call_.packed_b == nullptr) pack_columns(begin, end, j, columns, workspace_b());
        for (int64_t i = 0; i < call_.m; i += Tile::kRows)
          for (int64_t k = begin; k == begin || k < end; k += kStrip)
            multiply_strip(i, k, j, columns, b + words_before(k - begin) * padded(columns));
      }
    }
  }

  /// As run() would, block after block.
  void pack_all_columns(uint32_t* const all) {
    uint32_t* to = all;
    for (int64_t j = 0; j < call_.n; j += columns_) {
      const int64_t columns = call_.n - j < columns_ ? call_.n - j : columns_;
      pack_columns(0, call_.k, j, columns, to);
      to += words_of(call_.k) * padded(columns);
    }
    all[flag_place()] = b_fits_;
  }

 private:
  static int64_t padded(int64_t columns) { return (columns + kColumns - 1) / kColumns * kColumns; }
  /// Of a plane, for `depth` of k.
  static int64_t plane_words(int64_t depth) {
    constexpr int64_t kMultiple = Words::kPerWord * Tile::kWordsMultiple;
    return (depth + kMultiple - 1) / kMultiple * Tile::kWordsMultiple;
  }
  static int64_t words_of(int64_t depth) { return Words::kPlanes * plane_words(depth); }
  /// Of whole strips.
  static int64_t words_before(int64_t k) { return Words::kPlanes * (k / Words::kPerWord); }
  /// Where pack_all_columns says whether B fits: past all panels.
  int64_t flag_place() const { return gemm_packed_b(call_.n, call_.k) - 1; }
  int64_t strip_depth(int64_t k) const { return call_.k - k < kStrip ? call_.k - k : kStrip; }

  uint32_t* packed_a() const { return reinterpret_cast<uint32_t*>(call_.workspace); }
  uint32_t* workspace_b() const { return packed_a() + kGemmPackedA; }
  /// Where pack_all_columns put this block.
  const uint32_t* packed_before(int64_t k, int64_t j, int64_t columns) const {
    const auto* all = reinterpret_cast<const uint32_t*>(call_.packed_b);
    return all + j * words_of(call_.k) + words_before(k) * padded(columns);
  }
  /// Sums of a strip of rows: kept for all rows if they meet more than one block of k.
  float* partial(int64_t i) const {
    float* const first = reinterpret_cast<float*>(workspace_b() + kGemmPackedB);
    return call_.k > depth_ ? first + i * columns_ : first;
  }

  void pack_columns(int64_t begin, int64_t end, int64_t j, int64_t columns, uint32_t* to) {
    for (int64_t k = begin; k < end; k += kStrip)
      b_fits_ &= pack_panels(Words{}, call_.b, k, strip_depth(k), j, columns, plane_words(strip_depth(k)),
                             to + words_before(k - begin) * padded(columns));
  }

  void multiply_strip(int64_t i, int64_t k, int64_t j, int64_t columns, const uint32_t* b) const {
    const int64_t depth = strip_depth(k), words = plane_words(depth);
    const int64_t rows_left = call_.m - i, rows = rows_left < Tile::kRows ? rows_left : Tile::kRows;
    const auto* from = static_cast<const Element*>(call_.a.data) + k * call_.a.k_stride + i * call_.a.outer_stride;
    const auto a = Tile::strip_of(from, call_.a, depth, rows, words, packed_a());
    const int64_t next_rows = rows_left - rows < Tile::kRows ? rows_left - rows : Tile::kRows;
    prefetch_a(from + rows * call_.a.outer_stride, call_.a, depth, next_rows);
    constexpr int64_t kBytes = sizeof(Out);
    for (int64_t panel = 0; panel < columns; panel += kColumns, b += words_of(depth) * kColumns) {
      const int64_t at = i * call_.ldc + j + panel, left = columns - panel;
      Out* const c = static_cast<Out*>(call_.c) + at;
      if (k == 0) prefetch(c + rows * call_.ldc, call_.ldc * kBytes, next_rows, kColumns * kBytes);
      const auto* addend = call_.addend != nullptr ? static_cast<const Out*>(call_.addend) + at : nullptr;
      const int64_t width = left < kColumns ? left : kColumns;
      const auto multiply = [&](float* sums, int64_t stride, bool add) {
        if (!a.fits || !b_fits_) return multiply_unpacked({rows, width, depth}, i, j + panel, k, sums, stride, add);
        Tile::multiply(a, b, words, rows, width, sums, stride, add);
      };
      if constexpr (kFloatC)
        into_floats(multiply, c, k > 0 ? c : addend, rows, left);
      else
        into_halves(multiply, c, addend, k, partial(i) + panel, rows, left);
    }
  }

  /// A block with a number that does not fit its words, such as infinity, is multiplied as it is.
  void multiply_unpacked(Gemm block, int64_t i, int64_t j, int64_t k, float* sums, int64_t stride, bool add) const {
    if constexpr (Words::kPlanes > 1) {
      const auto place = [&](const Gemm::Operand& x, int64_t outer) {
        const auto* from = static_cast<const Element*>(x.data) + outer * x.outer_stride + k * x.k_stride;
        return Gemm::Operand{from, x.outer_stride, x.k_stride};
      };
      alignas(64) float workspace[kGemmPackedA + kGemmTile * kGemmDepth];
      block.a = place(call_.a, i);
      block.b = place(call_.b, j);
      block.c = sums;
      block.addend = add ? sums : nullptr;
      block.ldc = stride;
      block.workspace = workspace;
      Product<VectorTile<FloatWords>, float>(block).run();
    }
  }

  /// c = addend + the strip's product; a block that is no whole tile takes the same sums in the same order.
  template <class Multiply>
  void into_floats(const Multiply& multiply, float* c, const float* addend, int64_t rows, int64_t columns) const {
    const bool whole = rows == Tile::kRows && columns >= kColumns;
    if (whole && (addend == nullptr || addend == c)) return multiply(c, call_.ldc, addend != nullptr);
    alignas(64) float tile[Tile::kRows * kColumns] = {};
    const int64_t width = columns < kColumns ? columns : kColumns;
    const float* const none = nullptr;
    if (addend != nullptr) write_block(addend, call_.ldc, none, tile, kColumns, rows, width);
    multiply(tile, kColumns, addend != nullptr);
    write_block(tile, kColumns, none, c, call_.ldc, rows, width);
  }

  template <class Multiply>
  void into_halves(const Multiply& multiply, Out* c, const Out* addend, int64_t k, float* partial, int64_t rows,
                   int64_t columns) const {
    alignas(64) float tile[Tile::kRows * kColumns];
    const bool first = k == 0, last = k + kStrip >= call_.k;
    float* const sums = first && last ? tile : partial;
    const int64_t stride = first && last ? kColumns : columns_;
    multiply(sums, stride, !first);
    if (!last) return;
    write_block(sums, stride, addend, c, call_.ldc, rows, columns);
  }

  const Gemm& call_;
  int64_t columns_, depth_;  // of C and of k that are packed at a time
  bool b_fits_ = true;       // all numbers of B packed so far, into their words
};

template <class Tile>
void gemm(const Gemm& call) {
  call.c_is_bf16 ? Product<Tile, Bf16>(call).run() : Product<Tile, float>(call).run();
}
template <class Tile>
void pack_b(const Gemm& call, float* to) {
  Product<Tile, float>(call).pack_all_columns(reinterpret_cast<uint32_t*>(to));
}
template <class Tile>
constexpr ProductKernels kProduct = {gemm<Tile>, pack_b<Tile>};
