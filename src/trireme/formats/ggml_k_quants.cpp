#include "trireme/formats/ggml_k_quants.h"

namespace trireme::formats {

namespace {

/// Values that share a scale and a minimum.
constexpr int kGroup = 32;

int byte_at(const std::byte* at, int64_t i) { return std::to_integer<int>(at[i]); }

struct ScaleAndMin {
  int scale = 0;
  int minimum = 0;
};

/// Group `j` of 8: 6 bits each of scale and minimum. The first four lie in the low bits of bytes 0-3 and 4-7; the
/// others have 4 bits in bytes 8-11 and their top two in the high bits of the former.
ScaleAndMin unpack_group(const std::byte* packed, int j) {
  if (j < 4) return {byte_at(packed, j) & 0x3f, byte_at(packed, j + 4) & 0x3f};
  const int low = byte_at(packed, j + 4);
  return {(low & 0xf) | (byte_at(packed, j - 4) >> 2 & 0x30), low >> 4 | (byte_at(packed, j) >> 2 & 0x30)};
}

/// Groups 2i and 2i + 1 are the low and the high halves of bytes [32 i, 32 i + 32) of `nibbles`; bit j of fifth[i] is
/// the fifth bit of value i of group j. Null: there is none.
void dequantize_groups(const std::byte* block, const std::byte* nibbles, const std::byte* fifth, float* out) {
  const float d = load_fp16(block);
  const float dmin = load_fp16(block + 2);
  for (int j = 0; j < kSuperBlock / kGroup; ++j) {
    const auto [scale, minimum] = unpack_group(block + 4, j);
    const float group_scale = d * static_cast<float>(scale);
    const float group_minimum = dmin * static_cast<float>(minimum);
    for (int i = 0; i < kGroup; ++i) {
      const int low = byte_at(nibbles, j / 2 * kGroup + i) >> (j % 2 * 4) & 0xf;
      const int high = fifth ? (byte_at(fifth, i) >> j & 1) << 4 : 0;
      out[j * kGroup + i] = group_scale * static_cast<float>(low | high) - group_minimum;
    }
  }
}

}  // namespace

void dequantize_q4_k(const std::byte* block, float* out) { dequantize_groups(block, block + 16, nullptr, out); }

void dequantize_q5_k(const std::byte* block, float* out) { dequantize_groups(block, block + 48, block + 16, out); }

void dequantize_q6_k(const std::byte* block, float* out) {
  const std::byte* low = block;
  const std::byte* high = block + 128;
  const std::byte* scales = block + 192;
  const float d = load_fp16(block + 208);
  // Each half of the block: 64 bytes of low bits hold its groups 0 and 1, then 2 and 3; 32 bytes hold the high bits of
  // all four, two apiece. A scale is for 16 values.
  for (int j = 0; j < kSuperBlock / kGroup; ++j) {
    const int half = j / 4, group = j % 4;
    for (int i = 0; i < kGroup; ++i) {
      const int nibble = byte_at(low, half * 64 + group % 2 * kGroup + i) >> (group / 2 * 4) & 0xf;
      const int top = byte_at(high, half * kGroup + i) >> (group * 2) & 3;
      const auto scale = static_cast<int8_t>(scales[j * 2 + i / 16]);
      out[j * kGroup + i] = d * static_cast<float>(scale) * static_cast<float>((nibble | top << 4) - 32);
    }
  }
}

}  // namespace trireme::formats
