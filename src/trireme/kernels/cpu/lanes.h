#pragma once

// Included only by the isa_*.cpp, each of which sets TRIREME_LANES and opens its own namespace around the loops: two
// instruction sets must never share an inline function, or the linker may keep the one that a processor lacks.

#include <cstdint>
#include <cstring>

#define TRIREME_INLINE static inline __attribute__((always_inline))

constexpr int64_t kLanes = TRIREME_LANES;

typedef float Vec __attribute__((vector_size(4 * TRIREME_LANES)));
typedef int32_t IntVec __attribute__((vector_size(4 * TRIREME_LANES)));
typedef uint32_t WordVec __attribute__((vector_size(4 * TRIREME_LANES)));
typedef uint16_t HalfVec __attribute__((vector_size(2 * TRIREME_LANES)));

/// How many elements a block of lanes holds: all, or the last few of an array.
struct Whole {
  static constexpr int64_t count = kLanes;
};
struct Part {
  int64_t count;
};

/// f(first index, Whole or Part) over n elements.
template <class F>
TRIREME_INLINE void each_block(int64_t n, const F& f) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) f(i, Whole{});
  if (i < n) f(i, Part{n - i});
}

TRIREME_INLINE Vec splat(float x) { return Vec{} + x; }

// Memory of a Part is touched no further than its elements; what it leaves out reads as 0.
template <class Lanes, class T>
TRIREME_INLINE Lanes read(const T* from, Whole) {
  Lanes x;
  memcpy(&x, from, sizeof x);
  return x;
}
template <class Lanes, class T>
TRIREME_INLINE void write(T* to, Lanes x, Whole) {
  memcpy(to, &x, sizeof x);
}
#ifdef __AVX512F__
template <class Lanes>
TRIREME_INLINE Vec read(const float* from, Part part) {
  return (Vec)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << part.count) - 1), from);
}
template <class Lanes>
TRIREME_INLINE HalfVec read(const Bf16* from, Part part) {
  return (HalfVec)_mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << part.count) - 1), from);
}
TRIREME_INLINE void write(float* to, Vec x, Part part) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << part.count) - 1), (__m512)x);
}
TRIREME_INLINE void write(Bf16* to, HalfVec x, Part part) {
  _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << part.count) - 1), (__m256i)x);
}
#else
template <class Lanes, class T>
TRIREME_INLINE Lanes read(const T* from, Part part) {
  T some[kLanes] = {};
  for (int64_t i = 0; i < part.count; ++i) some[i] = from[i];
  return read<Lanes>(some, Whole{});
}
template <class Lanes, class T>
TRIREME_INLINE void write(T* to, Lanes x, Part part) {
  T some[kLanes];
  memcpy(some, &x, sizeof x);
  for (int64_t i = 0; i < part.count; ++i) to[i] = some[i];
}
#endif

template <class Extent>
TRIREME_INLINE Vec load(const float* from, Extent extent) {
  return read<Vec>(from, extent);
}
template <class Extent>
TRIREME_INLINE Vec load(const Bf16* from, Extent extent) {
  return (Vec)(__builtin_convertvector(read<HalfVec>(from, extent), WordVec) << 16);
}

template <class Extent>
TRIREME_INLINE void store(float* to, Vec x, Extent extent) {
  write(to, x, extent);
}
/// Rounds to nearest, ties to even; NaN stays NaN. With AVX512-BF16 subnormal numbers become 0.
template <class Extent>
TRIREME_INLINE void store(Bf16* to, Vec x, Extent extent) {
#ifdef __AVX512BF16__
  write(to, (HalfVec)_mm512_cvtneps_pbh((__m512)x), extent);
#else
  const WordVec bits = (WordVec)x;
  const WordVec rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const WordVec quiet = (bits >> 16) | 0x40u;
  write(to, __builtin_convertvector(x == x ? rounded : quiet, HalfVec), extent);
#endif
}

/// Two blocks that follow each other.
TRIREME_INLINE void store_pair(float* to, Vec first, Vec second) {
  store(to, first, Whole{});
  store(to + kLanes, second, Whole{});
}
TRIREME_INLINE void store_pair(Bf16* to, Vec first, Vec second) {
#ifdef __AVX512BF16__
  const auto halves = _mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
  memcpy(to, &halves, sizeof halves);
#else
  store(to, first, Whole{});
  store(to + kLanes, second, Whole{});
#endif
}

TRIREME_INLINE float sum_of(Vec x) {
  float sum = 0.0f;
  for (int64_t i = 0; i < kLanes; ++i) sum += x[i];
  return sum;
}

TRIREME_INLINE Vec clamp(Vec x, float low, float high) {
#ifdef __AVX512F__
  return (Vec)_mm512_maskz_max_ps(0xffff, (__m512)splat(low),
                                  _mm512_maskz_min_ps(0xffff, (__m512)splat(high), (__m512)x));
#else
  return x > high ? splat(high) : x < low ? splat(low) : x;
#endif
}

/// e^x within 1.5 ulp; 0 where it is below the smallest normal fp32. Cephes' polynomial after x = n ln 2 + r.
TRIREME_INLINE Vec exp_of(Vec x) {
  constexpr float kLargest = 88.72283f, kSmallest = -87.33654f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves no room for fractions
  const Vec bounded = clamp(x, kSmallest, kLargest);
  const Vec rounded = bounded * 1.44269504f + kRound, n = rounded - kRound;
  const Vec r = (bounded - n * 0.693359375f) - n * -2.12194440e-4f;
  Vec p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = (p * r) * r + r + 1.0f;
  // The low bits of `rounded` are n, which the exponent of p takes up: p is below 1 where n is 128.
  const Vec scaled = (Vec)((WordVec)p + ((WordVec)rounded << 23));
  return x > kLargest ? splat(__builtin_inff()) : x < kSmallest ? splat(0.0f) : scaled;
}

/// 1 / x within 2 ulp for x of at least 1; 0 past 2^126.
TRIREME_INLINE Vec reciprocal_of(Vec x) {
#ifdef __AVX512F__
  const Vec guess = (Vec)_mm512_maskz_rcp14_ps(0xffff, (__m512)x);
  return x > 0x1p126f ? splat(0.0f) : guess * (2.0f - x * guess);
#else
  return 1.0f / x;
#endif
}

TRIREME_INLINE Vec sigmoid_of(Vec x) { return reciprocal_of(1.0f + exp_of(-x)); }
