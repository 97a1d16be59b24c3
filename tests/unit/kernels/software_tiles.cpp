#include "software_tiles.h"

#ifdef __AVX512BF16__

#include <immintrin.h>
#include <cmath>
#include <cstdint>
#include <cstring>

#define TRIREME_LANES 16

namespace trireme::kernels::cpu::software_tiles {
namespace {

#include "trireme/kernels/cpu/loops/all.h"
#include "trireme/kernels/cpu/loops/gemm.h"
#include "trireme/kernels/cpu/loops/matrix_tile.h"

/// What "tdpbf16ps" and its like do, one word at a time. A register that was not loaded since the session began holds
/// NaN, so that it shows in a result.
class Registers {
 public:
  Registers() {
    for (auto& tile : tiles_)
      for (float& word : tile) word = NAN;
  }

  template <int kTile>
  static void zero() {
    memset(tiles_[kTile], 0, sizeof tiles_[kTile]);
  }
  template <int kTile>
  static void load(const void* from, int64_t stride_bytes) {
    for (int64_t i = 0; i < 16; ++i)
      memcpy(tiles_[kTile] + i * 16, static_cast<const char*>(from) + i * stride_bytes, 64);
  }
  template <int kC, int kA, int kB>
  static void multiply_add() {
    for (int64_t i = 0; i < 16; ++i)
      for (int64_t j = 0; j < 16; ++j) {
        float even = 0, odd = 0;  // sums of their own, as the reference has them: a small C has small errors
        for (int64_t word = 0; word < 16; ++word) {
          const float a = tiles_[kA][i * 16 + word], b = tiles_[kB][word * 16 + j];
          even += low(a) * low(b);
          odd += high(a) * high(b);
        }
        tiles_[kC][i * 16 + j] += even + odd;
      }
  }
  template <int kTile>
  static void store(void* to, int64_t stride_bytes) {
    for (int64_t i = 0; i < 16; ++i) memcpy(static_cast<char*>(to) + i * stride_bytes, tiles_[kTile] + i * 16, 64);
  }

 private:
  static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
  }
  static uint32_t bits_of(float word) {
    uint32_t bits;
    memcpy(&bits, &word, sizeof bits);
    return bits;
  }
  static float low(float word) { return from_bits(bits_of(word) << 16); }
  static float high(float word) { return from_bits(bits_of(word) & 0xffff0000u); }

  static thread_local float tiles_[8][16 * 16];
};
thread_local float Registers::tiles_[8][16 * 16];

}  // namespace

extern const ProductKernels kFp32Product = kProduct<MatrixTile<Registers, SplitWords>>;
extern const ProductKernels kBf16Product = kProduct<MatrixTile<Registers, Bf16Words>>;

}  // namespace trireme::kernels::cpu::software_tiles

#else

namespace trireme::kernels::cpu::software_tiles {
extern const ProductKernels kFp32Product = {nullptr, nullptr}, kBf16Product = {nullptr, nullptr};
}

#endif
