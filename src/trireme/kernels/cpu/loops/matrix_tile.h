#pragma once

#include "trireme/kernels/cpu/loops/pack.h"

/// A tile of C in four of the processor's tile registers (Intel AMX), 16 x 16 each, with two of A and two of B.
/// `Registers` are the processor's, or software that tests use.
template <class Registers>
struct MatrixTile {
  using Words = Bf16Words;
  // A strip of A [kRows, kDepth] stays in the first-level cache while panels of B pass.
  static constexpr int64_t kRows = 32, kDepth = 256, kWordsMultiple = 16;
  using Session = Registers;

  /// As rows along k, whichever way A lies.
  static void pack_a(const Bf16* from, const Gemm::Operand& a, int64_t depth, int64_t rows, int64_t words,
                     uint32_t* to) {
    if (a.k_stride == 1) return pack_rows_along_k<Words>(from, a.outer_stride, depth, rows, words, to);
    for (int64_t i = 0; i < rows; i += kLanes)
      for (int64_t w = 0; w < words; w += kLanes) {
        WordVec square[kLanes];
        for (int64_t j = 0; j < kLanes; ++j) {
          const int64_t k = (w + j) * Words::kPerWord;
          square[j] = word_of_neighbours(from + k * a.k_stride + i, a.k_stride, depth - k, rows - i);
        }
        transpose(square);
        for (int64_t j = 0; j < kLanes; ++j) write(to + (i + j) * kGemmRowStride + w, square[j], Whole{});
      }
  }

  /// tile [kRows, kColumns] = A by B; rows and columns past those asked for hold anything.
  static void multiply(const Gemm::Operand&, const uint32_t* a, const uint32_t* b, int64_t words, int64_t rows,
                       int64_t columns, float* tile) {
    if (columns > kLanes)
      rows > kLanes ? multiply_fixed<true, true>(a, b, words, tile) : multiply_fixed<false, true>(a, b, words, tile);
    else
      rows > kLanes ? multiply_fixed<true, false>(a, b, words, tile) : multiply_fixed<false, false>(a, b, words, tile);
  }

 private:
  template <bool kLower, bool kRight>
  static void multiply_fixed(const uint32_t* a, const uint32_t* b, int64_t words, float* tile) {
    constexpr int64_t kStrideA = kGemmRowStride * 4, kStrideB = kColumns * 4;  // bytes
    Registers::template zero<0>();
    if constexpr (kRight) Registers::template zero<1>();
    if constexpr (kLower) Registers::template zero<2>();
    if constexpr (kLower && kRight) Registers::template zero<3>();
    for (int64_t w = 0; w < words; w += kWordsMultiple, a += kWordsMultiple, b += kWordsMultiple * kColumns) {
      Registers::template load<6>(b, kStrideB);
      if constexpr (kRight) Registers::template load<7>(b + kLanes, kStrideB);
      Registers::template load<4>(a, kStrideA);
      Registers::template multiply_add<0, 4, 6>();
      if constexpr (kRight) Registers::template multiply_add<1, 4, 7>();
      if constexpr (!kLower) continue;
      Registers::template load<5>(a + kLanes * kGemmRowStride, kStrideA);
      Registers::template multiply_add<2, 5, 6>();
      if constexpr (kRight) Registers::template multiply_add<3, 5, 7>();
    }
    Registers::template store<0>(tile, kStrideB);
    if constexpr (kRight) Registers::template store<1>(tile + kLanes, kStrideB);
    if constexpr (kLower) Registers::template store<2>(tile + kLanes * kColumns, kStrideB);
    if constexpr (kLower && kRight) Registers::template store<3>(tile + kLanes * kColumns + kLanes, kStrideB);
  }
};
