#pragma once

#include "trireme/kernels/cpu/loops/pack.h"

// Blocked matrix product after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008, over a
// Tile: how A is packed, and how a block of C is multiplied in registers.

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

/// to = tile + addend, by rows; addend may be null.
template <class From, class To>
void write_tile(const float* tile, const From* addend, int64_t from_stride, To* to, int64_t to_stride, int64_t rows,
                int64_t columns) {
  for (int64_t i = 0; i < rows; ++i) {
    each_block(columns, [&](int64_t j, auto extent) {
      Vec sum = load(tile + i * kColumns + j, extent);
      if (addend != nullptr) sum += load(addend + i * from_stride + j, extent);
      store(to + i * to_stride + j, sum, extent);
    });
  }
}

/// The whole product for C of type Out. Partial sums over k stay in C if that is fp32, else in `partial`.
template <class Tile, class Out>
void multiply(const Gemm& call) {
  using Words = typename Tile::Words;
  using Element = typename Words::Element;
  uint32_t* const packed_a = reinterpret_cast<uint32_t*>(call.workspace);
  uint32_t* const packed_b = packed_a + kGemmPackedA;
  float* const partial = reinterpret_cast<float*>(packed_b + kGemmPackedB);
  constexpr int64_t kStep = Tile::kDepth * Words::kPerWord, kRows = Tile::kRows;
  alignas(64) float tile[kRows * kColumns];
  [[maybe_unused]] const typename Tile::Session session;

  for (int64_t j0 = 0; j0 < call.n; j0 += kGemmColumns) {
    const int64_t columns = call.n - j0 < kGemmColumns ? call.n - j0 : kGemmColumns;
    for (int64_t k0 = 0; k0 == 0 || k0 < call.k; k0 += kStep) {
      const int64_t depth = call.k - k0 < kStep ? call.k - k0 : kStep;
      constexpr int64_t kMultiple = Words::kPerWord * Tile::kWordsMultiple;
      const int64_t words = (depth + kMultiple - 1) / kMultiple * Tile::kWordsMultiple;
      const bool first = k0 == 0, last = k0 + kStep >= call.k;
      pack_b<Words>(call.b, k0, depth, j0, columns, words, packed_b);
      for (int64_t i0 = 0; i0 < call.m; i0 += kRows) {
        const int64_t rows_left = call.m - i0, rows = rows_left < kRows ? rows_left : kRows;
        const auto* a = static_cast<const Element*>(call.a.data) + k0 * call.a.k_stride + i0 * call.a.outer_stride;
        Tile::pack_a(a, call.a, depth, rows, words, packed_a);
        const int64_t next_rows = rows_left - rows < kRows ? rows_left - rows : kRows;
        prefetch_a(a + rows * call.a.outer_stride, call.a, depth, next_rows);
        for (int64_t j = 0; j < columns; j += kColumns) {
          const int64_t width = columns - j < kColumns ? columns - j : kColumns;
          const int64_t at = i0 * call.ldc + j0 + j;
          Out* const c = static_cast<Out*>(call.c) + at;
          prefetch(c, call.ldc * static_cast<int64_t>(sizeof(Out)), rows, width * static_cast<int64_t>(sizeof(Out)));
          Tile::multiply(call.a, packed_a, packed_b + j * words, words, rows, width, tile);
          const Out* const addend = call.addend != nullptr ? static_cast<const Out*>(call.addend) + at : nullptr;
          float* const sums = partial + i0 * kGemmColumns + j;
          const auto write = [&](const auto* from, int64_t from_stride, auto* to, int64_t to_stride) {
            write_tile(tile, from, from_stride, to, to_stride, rows, width);
          };
          if constexpr (sizeof(Out) == sizeof(float)) {
            write(first ? addend : c, call.ldc, c, call.ldc);
          } else if (first && last) {
            write(addend, call.ldc, c, call.ldc);
          } else if (first) {
            write(addend, call.ldc, sums, kGemmColumns);
          } else if (last) {
            write(sums, kGemmColumns, c, call.ldc);
          } else {
            write(sums, kGemmColumns, sums, kGemmColumns);
          }
        }
      }
    }
  }
}

template <class Tile>
void gemm(const Gemm& call) {
  call.c_is_bf16 ? multiply<Tile, Bf16>(call) : multiply<Tile, float>(call);
}
