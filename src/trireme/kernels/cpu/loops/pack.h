#pragma once

#include "trireme/kernels/cpu/loops/words.h"

// Packed operands. B lies in panels of kColumns columns, each [planes][words][kColumns]. All fill what is left of a
// panel or of the words with zeros.

/// B from columns that lie next to each other.
template <class Words, class Element>
void pack_b_of_neighbours(const Element* from, int64_t k_stride, int64_t depth, int64_t columns, int64_t words,
                          uint32_t* to) {
  for (int64_t w = 0; w < words; ++w, from += Words::kPerWord * k_stride, depth -= Words::kPerWord)
    for (int64_t j = 0; j < kColumns; j += kLanes, to += kLanes)
      write(to, word_of_neighbours(from + j, k_stride, depth, columns - j), Whole{});
}

/// B from columns that each lie along k.
template <class Words, class Element>
void pack_b_along_k(const Element* from, int64_t column_stride, int64_t depth, int64_t columns, int64_t words,
                    uint32_t* to) {
  for (int64_t w = 0; w < words; w += kLanes)
    for (int64_t j = 0; j < kColumns; j += kLanes) {
      const int64_t k = w * Words::kPerWord;
      WordVec square[kLanes];
      for (int64_t i = 0; i < kLanes; ++i)
        square[i] =
            j + i < columns && k < depth ? words_along_k(from + (j + i) * column_stride + k, depth - k) : WordVec{};
      transpose(square);
      for (int64_t i = 0; i < kLanes && w + i < words; ++i) write(to + (w + i) * kColumns + j, square[i], Whole{});
    }
}

/// Returns whether all numbers fit into their words; `words` is of a plane.
template <class Words>
bool pack_panels(Words, const Gemm::Operand& b, int64_t k0, int64_t depth, int64_t first, int64_t columns,
                 int64_t words, uint32_t* to) {
  const auto* from = static_cast<const typename Words::Element*>(b.data) + k0 * b.k_stride + first * b.outer_stride;
  for (int64_t j = 0; j < columns; j += kColumns, from += kColumns * b.outer_stride, to += words * kColumns)
    b.outer_stride == 1 ? pack_b_of_neighbours<Words>(from, b.k_stride, depth, columns - j, words, to)
                        : pack_b_along_k<Words>(from, b.outer_stride, depth, columns - j, words, to);
  return true;
}

/// Rows of A that each lie along k, kGemmRowStride words apart.
template <class Words, class Element>
void pack_rows_along_k(const Element* from, int64_t row_stride, int64_t depth, int64_t rows, int64_t words,
                       uint32_t* to) {
  const auto bytes = static_cast<size_t>(depth) * sizeof(Element);
  for (int64_t i = 0; i < rows; ++i, from += row_stride, to += kGemmRowStride) {
    if (bytes > 0) memcpy(to, from, bytes);
    memset(reinterpret_cast<char*>(to) + bytes, 0, static_cast<size_t>(words) * 4 - bytes);
  }
}
