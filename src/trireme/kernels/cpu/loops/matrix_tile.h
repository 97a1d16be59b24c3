#pragma once

#include "trireme/kernels/cpu/loops/split.h"

/// A tile of C in four of the processor's tile registers (Intel AMX), 16 x 16 each, with two of A and two of B.
/// `Registers` are the processor's, or software that tests use. Where operands have several planes, a product is the
/// sum of those of their planes.
template <class Registers, class W>
struct MatrixTile {
  using Words = W;
  using Element = typename Words::Element;
  // A strip of A [kRows, kDepth] stays in the first-level cache while panels of B pass.
  static constexpr int64_t kRows = 32, kDepth = 144, kWordsMultiple = 16;
  using Session = Registers;

  /// A strip of A as rows along k.
  struct Strip {
    const void* rows;
    int64_t stride_bytes;
    bool fits = true;  // all numbers, into their words
  };

  /// Where it lies, if it is whole and its rows don't meet in a few sets of the cache; else packed. `words` of a plane.
  static Strip strip_of(const Element* from, const Gemm::Operand& a, int64_t depth, int64_t rows, int64_t words,
                        uint32_t* packed) {
    constexpr int64_t kConflict = 2048, kPackedStride = kGemmRowStride * 4;
    if constexpr (Words::kPlanes > 1) {
      return {packed, kPackedStride, pack_strip(Words{}, from, a, depth, rows, words, packed)};
    } else {
      const int64_t stride_bytes = a.outer_stride * 2;
      const bool whole = rows == kRows && depth == words * Words::kPerWord;
      if (a.k_stride == 1 && whole && stride_bytes % kConflict != 0) return {from, stride_bytes};
      a.k_stride == 1 ? pack_rows_along_k<Words>(from, a.outer_stride, depth, rows, words, packed)
                      : pack_rows_of_neighbours(from, a.k_stride, depth, rows, words, packed);
      return {packed, kPackedStride};
    }
  }

  /// sums [kRows, kColumns] (+)= A by B; rows and columns past those asked for hold anything.
  static void multiply(Strip a, const uint32_t* b, int64_t words, int64_t rows, int64_t columns, float* sums,
                       int64_t stride, bool add) {
    if (columns > kLanes)
      rows > kLanes ? multiply_fixed<true, true>(a, b, words, sums, stride, add)
                    : multiply_fixed<false, true>(a, b, words, sums, stride, add);
    else
      rows > kLanes ? multiply_fixed<true, false>(a, b, words, sums, stride, add)
                    : multiply_fixed<false, false>(a, b, words, sums, stride, add);
  }

 private:
  static void pack_rows_of_neighbours(const Bf16* from, int64_t k_stride, int64_t depth, int64_t rows, int64_t words,
                                      uint32_t* to) {
    constexpr int64_t kSteps = 8;  // of k at a time, where all rows are there
    int64_t w = 0;
    for (; rows == kRows && (w + kLanes) * Words::kPerWord <= depth; w += kLanes)
      for (int64_t part = w; part < w + kLanes; part += kSteps / Words::kPerWord)
        transpose_neighbours(from + part * Words::kPerWord * k_stride, k_stride, to + part, kGemmRowStride);
    for (; w < words; w += kLanes)
      for (int64_t i = 0; i < rows; i += kLanes) {
        WordVec square[kLanes];
        for (int64_t j = 0; j < kLanes; ++j) {
          const int64_t k = (w + j) * Words::kPerWord;
          square[j] = word_of_neighbours(from + k * k_stride + i, k_stride, depth - k, rows - i);
        }
        transpose(square);
        for (int64_t j = 0; j < kLanes; ++j) write(to + (i + j) * kGemmRowStride + w, square[j], Whole{});
      }
  }

  template <bool kLower, bool kRight>
  static void multiply_fixed(Strip strip, const uint32_t* b, int64_t words, float* sums, int64_t stride, bool add) {
    constexpr int64_t kStrideB = kColumns * 4;  // bytes
    const int64_t stride_a = strip.stride_bytes, stride_c = stride * 4;
    const auto* a = static_cast<const uint32_t*>(strip.rows);
    const auto* lower_a = reinterpret_cast<const uint32_t*>(static_cast<const char*>(strip.rows) + kLanes * stride_a);
    float* const lower_c = sums + kLanes * stride;
    if (add) {
      Registers::template load<0>(sums, stride_c);
      if constexpr (kRight) Registers::template load<1>(sums + kLanes, stride_c);
      if constexpr (kLower) Registers::template load<2>(lower_c, stride_c);
      if constexpr (kLower && kRight) Registers::template load<3>(lower_c + kLanes, stride_c);
    } else {
      Registers::template zero<0>();
      if constexpr (kRight) Registers::template zero<1>();
      if constexpr (kLower) Registers::template zero<2>();
      if constexpr (kLower && kRight) Registers::template zero<3>();
    }
    for (const Term term : Words::kTerms) {
      const uint32_t* from = b + term.b * words * kColumns;
      const int64_t begin = term.a * words, end = begin + words;
      for (int64_t w = begin; w < end; w += kWordsMultiple, from += kWordsMultiple * kColumns) {
        Registers::template load<6>(from, kStrideB);
        if constexpr (kRight) Registers::template load<7>(from + kLanes, kStrideB);
        Registers::template load<4>(a + w, stride_a);
        Registers::template multiply_add<0, 4, 6>();
        if constexpr (kRight) Registers::template multiply_add<1, 4, 7>();
        if constexpr (!kLower) continue;
        Registers::template load<5>(lower_a + w, stride_a);
        Registers::template multiply_add<2, 5, 6>();
        if constexpr (kRight) Registers::template multiply_add<3, 5, 7>();
      }
    }
    Registers::template store<0>(sums, stride_c);
    if constexpr (kRight) Registers::template store<1>(sums + kLanes, stride_c);
    if constexpr (kLower) Registers::template store<2>(lower_c, stride_c);
    if constexpr (kLower && kRight) Registers::template store<3>(lower_c + kLanes, stride_c);
  }
};
