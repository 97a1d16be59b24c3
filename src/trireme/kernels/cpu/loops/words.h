#pragma once

#include "trireme/kernels/cpu/lanes.h"

// What products pack and multiply is a word: one fp32, or two bf16 that are neighbours along k. So one loop serves both
// types. An operand is packed as planes of words that add up to it, mostly one. Needs the vectors of AVX-512.

constexpr int64_t kColumns = 2 * kLanes;  // of a packed panel of B

/// Planes of A and B whose product counts.
struct Term {
  int a, b;
};

struct FloatWords {
  using Element = float;
  static constexpr int64_t kPerWord = 1;
  static constexpr int kPlanes = 1;
  TRIREME_INLINE Vec multiply_add(Vec sum, Vec b, uint32_t a) {
    float value;
    memcpy(&value, &a, sizeof value);
    return sum + b * value;
  }
};

#ifdef __AVX512BF16__
struct Bf16Words {
  using Element = Bf16;
  static constexpr int64_t kPerWord = 2;
  static constexpr int kPlanes = 1;
  static constexpr Term kTerms[] = {{0, 0}};
  TRIREME_INLINE Vec multiply_add(Vec sum, Vec b, uint32_t a) {
    return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)b, (__m512bh)_mm512_set1_epi32(static_cast<int>(a)));
  }
};
#endif

/// The first words of `elements` that follow each other along k; zeros past them.
TRIREME_INLINE WordVec words_along_k(const float* from, int64_t elements) {
  const unsigned mask = elements >= kLanes ? 0xffffu : elements > 0 ? (1u << elements) - 1 : 0u;
  return (WordVec)_mm512_maskz_loadu_epi32(static_cast<__mmask16>(mask), from);
}
TRIREME_INLINE WordVec words_along_k(const Bf16* from, int64_t elements) {
  return (WordVec)_mm512_maskz_loadu_epi16(elements < 32 ? (1u << elements) - 1 : ~0u, from);
}

/// One word of each of `outer` neighbours, made of the first elements of `depth` along k; zeros past them.
TRIREME_INLINE WordVec word_of_neighbours(const float* from, int64_t, int64_t depth, int64_t outer) {
  return depth < 1 || outer < 1 ? WordVec{} : (WordVec)read<Vec>(from, Part{outer < kLanes ? outer : kLanes});
}
TRIREME_INLINE WordVec word_of_neighbours(const Bf16* from, int64_t k_stride, int64_t depth, int64_t outer) {
  if (depth < 1 || outer < 1) return WordVec{};
  const Part given{outer < kLanes ? outer : kLanes};
  const HalfVec low = read<HalfVec>(from, given), high = depth > 1 ? read<HalfVec>(from + k_stride, given) : HalfVec{};
  return __builtin_convertvector(low, WordVec) | __builtin_convertvector(high, WordVec) << 16;
}

/// Word j of row i changes places with word i of row j. With the bits of a word's place written as row, then column,
/// each round turns them by one to the left; four rounds exchange row and column.
TRIREME_INLINE void transpose(WordVec (&rows)[kLanes]) {
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
    WordVec zipped[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      const WordVec upper = rows[i], lower = rows[i + kLanes / 2];
      zipped[2 * i] = __builtin_shufflevector(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      zipped[2 * i + 1] =
          __builtin_shufflevector(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) rows[i] = zipped[i];
  }
}

/// 32 neighbours of each of eight steps along k become four words of each of 32 rows, `row_stride` words apart. A line
/// of the source is read once and whole: rows at a power of two would drive each other out of the cache.
TRIREME_INLINE void transpose_neighbours(const Bf16* from, int64_t k_stride, uint32_t* to, int64_t row_stride) {
  __m512i steps[8], zipped[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) steps[i] = _mm512_loadu_si512(from + i * k_stride);
#pragma GCC unroll 3
  for (int round = 0; round < 3; ++round) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      zipped[2 * i] = _mm512_maskz_unpacklo_epi16(~0u, steps[i], steps[i + 4]);
      zipped[2 * i + 1] = _mm512_maskz_unpackhi_epi16(~0u, steps[i], steps[i + 4]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) steps[i] = zipped[i];
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    const auto put = [&](int row, __m128i eight_steps) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + row * row_stride), eight_steps);
    };
    put(i, _mm512_maskz_extracti32x4_epi32(0xf, steps[i], 0));
    put(i + 8, _mm512_maskz_extracti32x4_epi32(0xf, steps[i], 1));
    put(i + 16, _mm512_maskz_extracti32x4_epi32(0xf, steps[i], 2));
    put(i + 24, _mm512_maskz_extracti32x4_epi32(0xf, steps[i], 3));
  }
}
