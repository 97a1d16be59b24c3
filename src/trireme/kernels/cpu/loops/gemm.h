#pragma once

// Blocked matrix product after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008. What
// is packed and multiplied is a word: one fp32, or two bf16 that are neighbours along k. So one loop serves both types.

constexpr int64_t kRows = 14;             // of a tile: 28 accumulators, 2 columns of B, 1 broadcast: 31 of 32 registers
constexpr int64_t kColumns = 2 * kLanes;  // of a tile
constexpr int64_t kDepth = kGemmDepth;
constexpr int64_t kRowStride =
    kDepth + 16;  // words of a packed row of A: no power of two, which would thrash a cache set

struct FloatWords {
  using Element = float;
  static constexpr int64_t kPerWord = 1;
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
  TRIREME_INLINE Vec multiply_add(Vec sum, Vec b, uint32_t a) {
    return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)b, (__m512bh)_mm512_set1_epi32(static_cast<int>(a)));
  }
};
#endif

/// `outer` columns that lie next to each other, as words [depth][kPitch], zeros past them. A whole tile's are a
/// constant: a loop of calls of memcpy would cost a tenth of the product.
template <int64_t kPitch>
void pack_neighbours(const float* from, int64_t k_stride, int64_t depth, int64_t outer, uint32_t* to) {
  for (int64_t k = 0; k < depth; ++k, from += k_stride, to += kPitch) {
    if (outer == kPitch) {
      memcpy(to, from, kPitch * 4);
    } else {
      memset(to, 0, kPitch * 4);
      memcpy(to, from, static_cast<size_t>(outer) * 4);
    }
  }
}
#ifdef __AVX512BF16__
template <int64_t kPitch>
void pack_neighbours(const Bf16* from, int64_t k_stride, int64_t depth, int64_t outer, uint32_t* to) {
  for (int64_t k = 0; k < depth; k += 2, from += 2 * k_stride, to += kPitch) {
    for (int64_t j = 0; j < kPitch; j += kLanes) {
      const Part given{outer - j > kLanes ? kLanes : outer - j > 0 ? outer - j : 0};
      const HalfVec low = read<HalfVec>(from + j, given);
      const HalfVec high = k + 1 < depth ? read<HalfVec>(from + k_stride + j, given) : HalfVec{};
      const WordVec words = __builtin_convertvector(low, WordVec) | __builtin_convertvector(high, WordVec) << 16;
      write(reinterpret_cast<float*>(to + j), (Vec)words, Part{kPitch - j > kLanes ? kLanes : kPitch - j});
    }
  }
}
#endif

/// Words [first, end) along k of a column whose elements lie next to each other, `kColumns` words apart.
template <class Words>
TRIREME_INLINE void pack_column(const typename Words::Element* from, int64_t depth, int64_t first, int64_t end,
                                uint32_t* to) {
  constexpr int64_t kSize = sizeof(*from);
  const int64_t whole = depth / Words::kPerWord < end ? depth / Words::kPerWord : end;
  for (int64_t w = first; w < whole; ++w) memcpy(to + w * kColumns, from + w * Words::kPerWord, 4);
  for (int64_t w = whole; w < end; ++w) {
    to[w * kColumns] = 0;
    memcpy(to + w * kColumns, from + w * Words::kPerWord, kSize);
  }
}

/// Panels of kColumns columns of B, each [words of depth][kColumns], zeros past n.
template <class Words>
void pack_b(const Gemm::Operand& b, int64_t k0, int64_t depth, int64_t first, int64_t columns, uint32_t* to) {
  const int64_t words = (depth + Words::kPerWord - 1) / Words::kPerWord;
  const auto* base = static_cast<const typename Words::Element*>(b.data) + k0 * b.k_stride + first * b.outer_stride;
  for (int64_t j0 = 0; j0 < columns; j0 += kColumns, to += words * kColumns) {
    const int64_t count = columns - j0 < kColumns ? columns - j0 : kColumns;
    const auto* from = base + j0 * b.outer_stride;
    if (b.outer_stride == 1) {
      pack_neighbours<kColumns>(from, b.k_stride, depth, count, to);
      continue;
    }
    constexpr int64_t kStrip = 16;  // words of one column at a time: what is written stays in the first-level cache
    for (int64_t w0 = 0; w0 < words; w0 += kStrip) {
      const int64_t end = w0 + kStrip < words ? w0 + kStrip : words;
      for (int64_t j = 0; j < count; ++j) pack_column<Words>(from + j * b.outer_stride, depth, w0, end, to + j);
      for (int64_t j = count; j < kColumns; ++j)
        for (int64_t w = w0; w < end; ++w) to[w * kColumns + j] = 0;
    }
  }
}

/// Asks for `rows` rows of `bytes` each: what comes next then travels while the tiles before it are multiplied.
TRIREME_INLINE void prefetch(const void* first, int64_t stride_bytes, int64_t rows, int64_t bytes) {
  constexpr int64_t kLine = 64;
  const char* row = static_cast<const char*>(first);
  for (int64_t i = 0; i < rows; ++i, row += stride_bytes)
    for (int64_t at = 0; at < bytes; at += kLine) __builtin_prefetch(row + at, 0, 2);
}

/// `rows` rows of A: as rows of kRowStride words where k is contiguous, else as [words][kRows].
template <class Words>
void pack_a(const Gemm::Operand& a, int64_t k0, int64_t depth, int64_t first, int64_t rows, uint32_t* to) {
  const auto* from = static_cast<const typename Words::Element*>(a.data) + k0 * a.k_stride + first * a.outer_stride;
  if (a.k_stride != 1) return pack_neighbours<kRows>(from, a.k_stride, depth, rows, to);
  for (int64_t i = 0; i < rows; ++i) {
    if (depth % Words::kPerWord != 0) to[i * kRowStride + depth / Words::kPerWord] = 0;
    memcpy(to + i * kRowStride, from + i * a.outer_stride, static_cast<size_t>(depth) * sizeof(*from));
  }
}

template <class Words>
void prefetch_a(const Gemm::Operand& a, int64_t k0, int64_t depth, int64_t first, int64_t rows_left) {
  constexpr int64_t kSize = sizeof(typename Words::Element);
  const char* from = static_cast<const char*>(a.data) + (k0 * a.k_stride + first * a.outer_stride) * kSize;
  const int64_t rows = rows_left < kRows ? rows_left : kRows;
  if (a.k_stride == 1) return prefetch(from, a.outer_stride * kSize, rows, depth * kSize);
  prefetch(from, a.k_stride * kSize, depth, rows * kSize);
}

/// The first Vecs * kLanes columns of a tile [Rows, kColumns] = A B over `words` of k.
template <class Words, int64_t kARow, int64_t kAWord, int Vecs, int Rows>
void multiply_tile(const uint32_t* a, const uint32_t* b, int64_t words, float* tile) {
  Vec sums[Rows][Vecs] = {};
  for (int64_t w = 0; w < words; ++w, b += kColumns, a += kAWord) {
    Vec left, right;
    memcpy(&left, b, sizeof left);
    if constexpr (Vecs == 2) memcpy(&right, b + kLanes, sizeof right);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      sums[i][0] = Words::multiply_add(sums[i][0], left, a[i * kARow]);
      if constexpr (Vecs == 2) sums[i][1] = Words::multiply_add(sums[i][1], right, a[i * kARow]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) memcpy(tile + i * kColumns, sums[i], sizeof sums[i]);
}

using Tile = void (*)(const uint32_t* a, const uint32_t* b, int64_t words, float* tile);

template <class Words, int64_t kARow, int64_t kAWord, int Vecs, int... kRowsLessOne>
Tile tile_of(int64_t rows, std::integer_sequence<int, kRowsLessOne...>) {
  static constexpr Tile kTiles[] = {multiply_tile<Words, kARow, kAWord, Vecs, kRowsLessOne + 1>...};
  return kTiles[rows - 1];
}

/// For `rows` rows of A as pack_a leaves them, and up to Vecs * kLanes columns.
template <class Words, int Vecs>
Tile tile_of(const Gemm::Operand& a, int64_t rows) {
  constexpr auto kAllRows = std::make_integer_sequence<int, kRows>();
  return a.k_stride == 1 ? tile_of<Words, kRowStride, 1, Vecs>(rows, kAllRows)
                         : tile_of<Words, 1, kRows, Vecs>(rows, kAllRows);
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
template <class Words, class Out>
void multiply(const Gemm& call) {
  uint32_t* const packed_a = reinterpret_cast<uint32_t*>(call.workspace);
  uint32_t* const packed_b = packed_a + kGemmPackedA;
  float* const partial = reinterpret_cast<float*>(packed_b + kGemmPackedB);
  constexpr int64_t kStep = kDepth * Words::kPerWord;
  alignas(64) float tile[kRows * kColumns];

  for (int64_t j0 = 0; j0 < call.n; j0 += kGemmColumns) {
    const int64_t columns = call.n - j0 < kGemmColumns ? call.n - j0 : kGemmColumns;
    for (int64_t k0 = 0; k0 == 0 || k0 < call.k; k0 += kStep) {
      const int64_t depth = call.k - k0 < kStep ? call.k - k0 : kStep;
      const int64_t words = (depth + Words::kPerWord - 1) / Words::kPerWord;
      const bool first = k0 == 0, last = k0 + kStep >= call.k;
      pack_b<Words>(call.b, k0, depth, j0, columns, packed_b);
      for (int64_t i0 = 0; i0 < call.m; i0 += kRows) {
        const int64_t rows = call.m - i0 < kRows ? call.m - i0 : kRows;
        pack_a<Words>(call.a, k0, depth, i0, rows, packed_a);
        if (i0 + rows < call.m) prefetch_a<Words>(call.a, k0, depth, i0 + rows, call.m - i0 - rows);
        const Tile whole = tile_of<Words, 2>(call.a, rows), half = tile_of<Words, 1>(call.a, rows);
        for (int64_t j = 0; j < columns; j += kColumns) {
          const int64_t width = columns - j < kColumns ? columns - j : kColumns;
          const int64_t at = i0 * call.ldc + j0 + j;
          Out* const c = static_cast<Out*>(call.c) + at;
          prefetch(c, call.ldc * static_cast<int64_t>(sizeof(Out)), rows, width * static_cast<int64_t>(sizeof(Out)));
          (width > kLanes ? whole : half)(packed_a, packed_b + j * words, words, tile);
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

template <class Words>
void gemm(const Gemm& call) {
  call.c_is_bf16 ? multiply<Words, Bf16>(call) : multiply<Words, float>(call);
}
