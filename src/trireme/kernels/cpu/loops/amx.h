#pragma once

#include "trireme/kernels/cpu/loops/words.h"

struct alignas(64) TileConfiguration {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t bytes_a_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr TileConfiguration kWholeTiles;

/// The tile registers of the thread, all 16 rows of 64 bytes; from here to the end of the object's life they are in
/// use, which a switch of threads pays for. Intel, "Architecture Instruction Set Extensions Programming Reference",
/// chapter 3.
class AmxRegisters {
 public:
  AmxRegisters() { asm volatile("ldtilecfg %0" ::"m"(kWholeTiles)); }
  ~AmxRegisters() { asm volatile("tilerelease"); }
  AmxRegisters(const AmxRegisters&) = delete;
  AmxRegisters& operator=(const AmxRegisters&) = delete;

  template <int kTile>
  TRIREME_INLINE void zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(kTile));
  }
  template <int kTile>
  TRIREME_INLINE void load(const void* from, int64_t stride_bytes) {
    asm volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(kTile), "r"(from), "r"(stride_bytes) : "memory");
  }
  /// C [16, 16] += A B, where a word holds two bf16: A is [16 rows][16 words], B [16 words][16 columns].
  template <int kC, int kA, int kB>
  TRIREME_INLINE void multiply_add() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kC), "i"(kA), "i"(kB));
  }
  template <int kTile>
  TRIREME_INLINE void store(void* to, int64_t stride_bytes) {
    asm volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(kTile), "r"(to), "r"(stride_bytes) : "memory");
  }
};
