#pragma once

#include "trireme/kernels/cpu/loops/pack.h"

/// A tile of C in vector registers: 28 accumulators, 2 columns of B, 1 broadcast word of A: 31 of 32 registers.
template <class W>
struct VectorTile {
  using Words = W;
  static constexpr int64_t kRows = 14, kDepth = kGemmDepth, kWordsMultiple = 1;
  struct Session {};

  /// A packed strip of A: rows along k where A lies so, else [words][kRows].
  struct Strip {
    const uint32_t* words;
    bool along_k;
    static constexpr bool fits = true;
  };

  static Strip strip_of(const typename Words::Element* from, const Gemm::Operand& a, int64_t depth, int64_t rows,
                        int64_t words, uint32_t* packed) {
    if (a.k_stride == 1) {
      pack_rows_along_k<Words>(from, a.outer_stride, depth, rows, words, packed);
      return {packed, true};
    }
    uint32_t* to = packed;
    for (int64_t w = 0; w < words; ++w, from += Words::kPerWord * a.k_stride, to += kRows)
      write(reinterpret_cast<float*>(to), (Vec)word_of_neighbours(from, a.k_stride, depth - w * Words::kPerWord, rows),
            Part{kRows});
    return {packed, false};
  }

  /// sums [kRows, kColumns] (+)= `rows` rows of A by `columns` columns of B.
  static void multiply(Strip a, const uint32_t* b, int64_t words, int64_t rows, int64_t columns, float* sums,
                       int64_t stride, bool add) {
    constexpr auto kAllRows = std::make_integer_sequence<int, kRows>();
    const auto product = columns > kLanes ? product_of<2>(a, rows, kAllRows) : product_of<1>(a, rows, kAllRows);
    product(a.words, b, words, sums, stride, add);
  }

 private:
  using Product = void (*)(const uint32_t* a, const uint32_t* b, int64_t words, float* sums, int64_t stride, bool add);

  template <int kVecs, int... kRowsLessOne>
  static Product product_of(Strip a, int64_t rows, std::integer_sequence<int, kRowsLessOne...>) {
    static constexpr Product kAlongK[] = {multiply_fixed<kGemmRowStride, 1, kVecs, kRowsLessOne + 1>...};
    static constexpr Product kNeighbours[] = {multiply_fixed<1, kRows, kVecs, kRowsLessOne + 1>...};
    return (a.along_k ? kAlongK : kNeighbours)[rows - 1];
  }

  template <int64_t kARow, int64_t kAWord, int kVecs, int kTileRows>
  static void multiply_fixed(const uint32_t* a, const uint32_t* b, int64_t words, float* sums, int64_t stride,
                             bool add) {
    Vec block[kTileRows][kVecs] = {};
    for (int64_t w = 0; w < words; ++w, b += kColumns, a += kAWord) {
      Vec left, right;
      memcpy(&left, b, sizeof left);
      if constexpr (kVecs == 2) memcpy(&right, b + kLanes, sizeof right);
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) {
        block[i][0] = Words::multiply_add(block[i][0], left, a[i * kARow]);
        if constexpr (kVecs == 2) block[i][1] = Words::multiply_add(block[i][1], right, a[i * kARow]);
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < kVecs; ++j) {
        float* const to = sums + i * stride + j * kLanes;
        write(to, add ? block[i][j] + read<Vec>(to, Whole{}) : block[i][j], Whole{});
      }
  }
};
