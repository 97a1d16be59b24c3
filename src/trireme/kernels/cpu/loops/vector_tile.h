#pragma once

#include "trireme/kernels/cpu/loops/pack.h"

/// A tile of C in vector registers: 28 accumulators, 2 columns of B, 1 broadcast word of A: 31 of 32 registers.
template <class W>
struct VectorTile {
  using Words = W;
  static constexpr int64_t kRows = 14, kDepth = kGemmDepth, kWordsMultiple = 1;
  struct Session {};

  /// As rows along k where A lies so, else as [words][kRows].
  static void pack_a(const typename Words::Element* from, const Gemm::Operand& a, int64_t depth, int64_t rows,
                     int64_t words, uint32_t* to) {
    if (a.k_stride == 1) return pack_rows_along_k<Words>(from, a.outer_stride, depth, rows, words, to);
    for (int64_t w = 0; w < words; ++w, from += Words::kPerWord * a.k_stride, to += kRows)
      write(reinterpret_cast<float*>(to), (Vec)word_of_neighbours(from, a.k_stride, depth - w * Words::kPerWord, rows),
            Part{kRows});
  }

  /// tile [kRows, kColumns] = `rows` rows of A by `columns` columns of B.
  static void multiply(const Gemm::Operand& a, const uint32_t* packed_a, const uint32_t* b, int64_t words, int64_t rows,
                       int64_t columns, float* tile) {
    constexpr auto kAllRows = std::make_integer_sequence<int, kRows>();
    const auto product = columns > kLanes ? product_of<2>(a, rows, kAllRows) : product_of<1>(a, rows, kAllRows);
    product(packed_a, b, words, tile);
  }

 private:
  using Product = void (*)(const uint32_t* a, const uint32_t* b, int64_t words, float* tile);

  template <int kVecs, int... kRowsLessOne>
  static Product product_of(const Gemm::Operand& a, int64_t rows, std::integer_sequence<int, kRowsLessOne...>) {
    static constexpr Product kAlongK[] = {multiply_fixed<kGemmRowStride, 1, kVecs, kRowsLessOne + 1>...};
    static constexpr Product kNeighbours[] = {multiply_fixed<1, kRows, kVecs, kRowsLessOne + 1>...};
    return (a.k_stride == 1 ? kAlongK : kNeighbours)[rows - 1];
  }

  template <int64_t kARow, int64_t kAWord, int kVecs, int kTileRows>
  static void multiply_fixed(const uint32_t* a, const uint32_t* b, int64_t words, float* tile) {
    Vec sums[kTileRows][kVecs] = {};
    for (int64_t w = 0; w < words; ++w, b += kColumns, a += kAWord) {
      Vec left, right;
      memcpy(&left, b, sizeof left);
      if constexpr (kVecs == 2) memcpy(&right, b + kLanes, sizeof right);
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) {
        sums[i][0] = Words::multiply_add(sums[i][0], left, a[i * kARow]);
        if constexpr (kVecs == 2) sums[i][1] = Words::multiply_add(sums[i][1], right, a[i * kARow]);
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) memcpy(tile + i * kColumns, sums[i], sizeof sums[i]);
  }
};
