#pragma once

#include "trireme/kernels/cpu/loops/pack.h"

// fp32 for a processor that multiplies bf16: Henry, Tang and Heinecke, "Leveraging the bfloat16 Artificial Intelligence
// Datatype For Higher-Precision Computations", 2019.

/// An fp32 number is the sum of three bf16, each nearest to what those before it leave: 24 bits hold it exactly, if it
/// is below 2^127 and above 2^-110. An operand is packed as three planes of words. Of nine products of planes the three
/// left out are below 2^-24 of that of the numbers.
struct SplitWords {
  using Element = float;
  static constexpr int64_t kPerWord = 2;  // of 32 along k, each of the first 16 and the one 16 after it
  static constexpr int kPlanes = 3;
  static constexpr Term kTerms[] = {{2, 0}, {1, 1}, {0, 2}, {1, 0}, {0, 1}, {0, 0}};  // small ones first
};

/// Splits numbers into words.
class Splitter {
 public:
  explicit Splitter(int64_t plane) : plane_(plane) {}

  /// Writes one word of each plane for 16 places, planes `plane` words apart.
  void write_words(Vec low, Vec high, uint32_t* to) {
    see(low);
    see(high);
#pragma GCC unroll 3
    for (int p = 0; p < SplitWords::kPlanes; ++p) {
      const WordVec first = take(low), second = take(high);
      write(to + p * plane_, first >> 16 | second, Whole{});
    }
  }
  /// Whether all that it has seen is finite and far from it: infinity has no planes, and times one of zeros is NaN.
  bool all_fit() const {
    constexpr uint32_t kTooLarge = 0x7f000000;
    for (int64_t i = 0; i < kLanes; ++i)
      if (largest_[i] >= kTooLarge) return false;
    return true;
  }

 private:
  void see(Vec x) {
    const WordVec magnitude = (WordVec)x & 0x7fffffffu;
    largest_ = magnitude > largest_ ? magnitude : largest_;
  }
  /// Takes the nearest bf16 away from each number.
  static WordVec take(Vec& x) {
    const WordVec rounded = ((WordVec)x + 0x8000u) & 0xffff0000u;
    x -= (Vec)rounded;
    return rounded;
  }

  int64_t plane_;
  WordVec largest_ = {};
};

/// A square whose rows lie `row_stride` apart, turned: [columns][rows]. Zeros where there are none.
TRIREME_INLINE void load_turned(const float* from, int64_t row_stride, int64_t rows, int64_t columns,
                                WordVec (&square)[kLanes]) {
  for (int64_t i = 0; i < kLanes; ++i) square[i] = i < rows ? words_along_k(from + i * row_stride, columns) : WordVec{};
  transpose(square);
}

/// As for other words.
TRIREME_INLINE bool pack_panels(SplitWords, const Gemm::Operand& b, int64_t k0, int64_t depth, int64_t first,
                                int64_t columns, int64_t words, uint32_t* to) {
  const auto* from = static_cast<const float*>(b.data) + k0 * b.k_stride + first * b.outer_stride;
  const int64_t plane = words * kColumns;
  Splitter splitter(plane);
  for (int64_t j = 0; j < columns; j += kColumns, to += SplitWords::kPlanes * plane)
    for (int64_t half = 0; half < kColumns; half += kLanes) {
      const float* const corner = from + (j + half) * b.outer_stride;
      const int64_t width = columns - j - half;
      for (int64_t w = 0; w < words; w += kLanes) {
        const int64_t k = w * SplitWords::kPerWord;
        uint32_t* const place = to + w * kColumns + half;
        if (b.outer_stride == 1) {
          for (int64_t i = 0; i < kLanes; ++i) {
            const auto row = [&](int64_t at) {
              return at < depth ? (Vec)words_along_k(corner + at * b.k_stride, width) : Vec{};
            };
            splitter.write_words(row(k + i), row(k + i + kLanes), place + i * kColumns);
          }
        } else {
          WordVec low[kLanes], high[kLanes];
          load_turned(corner + k, b.outer_stride, width, depth - k, low);
          load_turned(corner + k + kLanes, b.outer_stride, width, depth - k - kLanes, high);
          for (int64_t i = 0; i < kLanes; ++i) splitter.write_words((Vec)low[i], (Vec)high[i], place + i * kColumns);
        }
      }
    }
  return splitter.all_fit();
}

/// A strip of A as rows along k, kGemmRowStride words apart, [planes][words] each. Returns whether all numbers fit.
TRIREME_INLINE bool pack_strip(SplitWords, const float* from, const Gemm::Operand& a, int64_t depth, int64_t rows,
                               int64_t words, uint32_t* to) {
  Splitter splitter(words);
  for (int64_t w = 0; w < words; w += kLanes) {
    const int64_t k = w * SplitWords::kPerWord, left = depth - k;
    if (a.k_stride == 1) {
      for (int64_t i = 0; i < rows; ++i) {
        const float* const row = from + i * a.outer_stride + k;
        splitter.write_words((Vec)words_along_k(row, left), (Vec)words_along_k(row + kLanes, left - kLanes),
                             to + i * kGemmRowStride + w);
      }
    } else {
      for (int64_t i = 0; i < rows; i += kLanes) {
        WordVec low[kLanes], high[kLanes];
        const float* const corner = from + k * a.k_stride + i;
        load_turned(corner, a.k_stride, left, rows - i, low);
        load_turned(corner + kLanes * a.k_stride, a.k_stride, left - kLanes, rows - i, high);
        for (int64_t j = 0; j < kLanes; ++j)
          splitter.write_words((Vec)low[j], (Vec)high[j], to + (i + j) * kGemmRowStride + w);
      }
    }
  }
  return splitter.all_fit();
}
