#include "trireme/formats/ggml_values.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "trireme/core/check.h"
#include "trireme/core/dtype.h"
#include "trireme/core/error.h"
#include "trireme/formats/ggml_k_quants.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::formats {

namespace {

uint32_t load_u32(const std::byte* at) {
  uint32_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return bits;
}

/// Block: fp16 scale, 32 signed bytes.
void dequantize_q8_0(const std::byte* block, float* out) {
  const float scale = load_fp16(block);
  for (int64_t i = 0; i < kBlockElements; ++i) out[i] = static_cast<float>(static_cast<int8_t>(block[2 + i])) * scale;
}

struct NibbleBlock {
  float scale = 0;
  // Adding -0 keeps every value's bits, the sign of a zero included.
  float minimum = -0.0f;
  int bias = 0;
  uint32_t fifth_bits = 0;  // bit i belongs to value i
};

/// 16 bytes hold 32 values of 4 bits: the low halves are the first 16 values, the high halves the rest. A value times
/// an fp16 scale is exact in fp32, so the sum below rounds once, fused or not.
void dequantize_nibbles(const NibbleBlock& block, const std::byte* nibbles, float* out) {
  for (int64_t i = 0; i < kBlockElements; ++i) {
    const int low = std::to_integer<int>(nibbles[i % 16]) >> (i / 16 * 4) & 0xf;
    const int quantum = low | static_cast<int>(block.fifth_bits >> i & 1) << 4;
    out[i] = static_cast<float>(quantum - block.bias) * block.scale + block.minimum;
  }
}

void dequantize_block(GgmlType type, const std::byte* block, float* out) {
  switch (type) {
    case GgmlType::kQ4_0: return dequantize_nibbles({.scale = load_fp16(block), .bias = 8}, block + 2, out);
    case GgmlType::kQ4_1:
      return dequantize_nibbles({.scale = load_fp16(block), .minimum = load_fp16(block + 2)}, block + 4, out);
    case GgmlType::kQ5_0:
      return dequantize_nibbles({.scale = load_fp16(block), .bias = 16, .fifth_bits = load_u32(block + 2)}, block + 6,
                                out);
    case GgmlType::kQ5_1:
      return dequantize_nibbles(
          {.scale = load_fp16(block), .minimum = load_fp16(block + 2), .fifth_bits = load_u32(block + 4)}, block + 8,
          out);
    case GgmlType::kQ8_0: return dequantize_q8_0(block, out);
    case GgmlType::kQ4_K: return dequantize_q4_k(block, out);
    case GgmlType::kQ5_K: return dequantize_q5_k(block, out);
    case GgmlType::kQ6_K: return dequantize_q6_k(block, out);
    case GgmlType::kF32:
    case GgmlType::kF16:
    case GgmlType::kBF16: break;
  }
  TRIREME_CHECK(false, "{} is no block type", ggml_type_name(type));
}

/// The plain dtype of a type that is not quantised.
std::optional<DType> plain_dtype(GgmlType type) {
  switch (type) {
    case GgmlType::kF32: return DType::kF32;
    case GgmlType::kF16: return DType::kF16;
    case GgmlType::kBF16: return DType::kBF16;
    default: return std::nullopt;
  }
}

[[noreturn]] void refuse_value(float value, GgmlType type) {
  throw ConfigError(format("the value {} does not fit {}; choose bf16 or fp32", value, ggml_type_name(type)));
}

/// As quantize_row_q8_0_ref of ggml: the largest magnitude becomes 127, halves round away from zero.
void quantize_q8_0(const float* values, std::byte* block) {
  float largest = 0;
  for (int64_t i = 0; i < kBlockElements; ++i) {
    if (!std::isfinite(values[i])) refuse_value(values[i], GgmlType::kQ8_0);
    largest = std::max(largest, std::fabs(values[i]));
  }
  const float scale = largest / 127;
  const uint16_t stored = float_to_fp16(scale);
  if (!std::isfinite(fp16_to_float(stored))) refuse_value(largest, GgmlType::kQ8_0);
  // 1 / scale of the tiniest scales is infinite; they are stored as 0 anyway.
  const float inverse = scale != 0 && std::isfinite(1 / scale) ? 1 / scale : 0;
  std::memcpy(block, &stored, sizeof stored);
  for (int64_t i = 0; i < kBlockElements; ++i) {
    block[2 + i] = static_cast<std::byte>(static_cast<int8_t>(std::round(values[i] * inverse)));
  }
}

/// Checks that `bytes` are just `elements` values. Returns the number of blocks.
int64_t num_blocks(GgmlType type, size_t elements, size_t bytes) {
  const GgmlBlock shape = ggml_block(type);
  const auto blocks = static_cast<int64_t>(elements) / shape.elements;
  TRIREME_CHECK(
      static_cast<int64_t>(elements) % shape.elements == 0 && static_cast<int64_t>(bytes) == blocks * shape.bytes,
      "{} values of {} in {} bytes", elements, ggml_type_name(type), bytes);
  return blocks;
}

}  // namespace

void dequantize(GgmlType type, std::span<const std::byte> bytes, std::span<float> out) {
  const int64_t blocks = num_blocks(type, out.size(), bytes.size());
  if (const auto plain = plain_dtype(type)) return widen_to_float(bytes, *plain, 0, out);
  const GgmlBlock shape = ggml_block(type);
  for (int64_t i = 0; i < blocks; ++i) {
    dequantize_block(type, bytes.data() + i * shape.bytes, out.data() + i * shape.elements);
  }
}

void quantize(GgmlType type, std::span<const float> values, std::span<std::byte> out) {
  const int64_t blocks = num_blocks(type, values.size(), out.size());
  if (type == GgmlType::kQ8_0) {
    const GgmlBlock shape = ggml_block(type);
    for (int64_t i = 0; i < blocks; ++i) {
      quantize_q8_0(values.data() + i * shape.elements, out.data() + i * shape.bytes);
    }
    return;
  }
  const auto plain = plain_dtype(type);
  TRIREME_CHECK(plain, "{} can't be written", ggml_type_name(type));
  if (plain == DType::kF16) {
    for (const float value : values) {
      if (std::isfinite(value) && !std::isfinite(fp16_to_float(float_to_fp16(value)))) refuse_value(value, type);
    }
  }
  narrow_from_float(values, *plain, out);
}

}  // namespace trireme::formats
