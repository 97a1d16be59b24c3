#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "trireme/core/dtype.h"

/// ggml's K-quants: blocks of 256 values whose scales are themselves quantised. Layouts:
/// https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h; docs/formats/safetensors-and-gguf.md.
namespace trireme::formats {

inline constexpr int64_t kSuperBlock = 256;

// Bytes of a block.
inline constexpr int64_t kQ4KBytes = 2 + 2 + 12 + 128;       // fp16 d, fp16 dmin, scales, low 4 bits
inline constexpr int64_t kQ5KBytes = 2 + 2 + 12 + 32 + 128;  // the same with the fifth bits before the low 4
inline constexpr int64_t kQ6KBytes = 128 + 64 + 16 + 2;      // low 4 bits, high 2 bits, int8 scales, fp16 d

/// The scale at the start of a block, at any alignment.
inline float load_fp16(const std::byte* at) {
  uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return fp16_to_float(bits);
}

// One block into 256 values. Each product is exact in fp32, so a value rounds once, with a fused multiply-add or not.
void dequantize_q4_k(const std::byte* block, float* out);
void dequantize_q5_k(const std::byte* block, float* out);
void dequantize_q6_k(const std::byte* block, float* out);

}  // namespace trireme::formats
