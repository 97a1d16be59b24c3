#include "trireme/formats/ggml_type.h"

#include <array>
#include <cstring>
#include <utility>

#include "trireme/core/check.h"
#include "trireme/core/dtype.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::formats {

namespace {

// ggml.h, enum ggml_type.
constexpr std::array<std::pair<uint32_t, std::string_view>, 34> kTypeNames = {{
    {0, "F32"},      {1, "F16"},     {2, "Q4_0"},     {3, "Q4_1"},   {6, "Q5_0"},    {7, "Q5_1"},   {8, "Q8_0"},
    {9, "Q8_1"},     {10, "Q2_K"},   {11, "Q3_K"},    {12, "Q4_K"},  {13, "Q5_K"},   {14, "Q6_K"},  {15, "Q8_K"},
    {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},
    {23, "IQ4_XS"},  {24, "I8"},     {25, "I16"},     {26, "I32"},   {27, "I64"},    {28, "F64"},   {29, "IQ1_M"},
    {30, "BF16"},    {34, "TQ1_0"},  {35, "TQ2_0"},   {39, "MXFP4"}, {40, "NVFP4"},  {41, "Q1_0"},
}};

constexpr std::array kSupported = {GgmlType::kF32,  GgmlType::kF16,  GgmlType::kBF16,
                                   GgmlType::kQ8_0, GgmlType::kQ4_0, GgmlType::kQ4_1};

constexpr int64_t kBlockElements = 32;

float load_fp16(const std::byte* at) {
  uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return fp16_to_float(bits);
}

/// Block: fp16 scale, 32 signed bytes.
void dequantize_q8_0(const std::byte* block, float* out) {
  const float scale = load_fp16(block);
  for (int64_t i = 0; i < kBlockElements; ++i) out[i] = static_cast<float>(static_cast<int8_t>(block[2 + i])) * scale;
}

/// 16 bytes hold 32 values of 4 bits: the low halves are the first 16 values, the high halves the rest. A value times
/// an fp16 scale is exact in fp32, so the sum below rounds once, fused or not.
void dequantize_nibbles(const std::byte* nibbles, float scale, float minimum, int bias, float* out) {
  for (int64_t i = 0; i < kBlockElements / 2; ++i) {
    const int packed = std::to_integer<int>(nibbles[i]);
    out[i] = static_cast<float>((packed & 0xf) - bias) * scale + minimum;
    out[i + kBlockElements / 2] = static_cast<float>((packed >> 4) - bias) * scale + minimum;
  }
}

}  // namespace

std::string ggml_type_name(uint32_t type) {
  for (const auto& [value, name] : kTypeNames) {
    if (value == type) return std::string(name);
  }
  return format("type {}", type);
}

bool ggml_type_supported(uint32_t type) {
  for (const GgmlType supported : kSupported) {
    if (static_cast<uint32_t>(supported) == type) return true;
  }
  return false;
}

std::string ggml_supported_types() {
  std::string list;
  for (const GgmlType type : kSupported)
    list += (list.empty() ? "" : ", ") + ggml_type_name(static_cast<uint32_t>(type));
  return list;
}

GgmlBlock ggml_block(GgmlType type) {
  switch (type) {
    case GgmlType::kF32: return {1, 4};
    case GgmlType::kF16:
    case GgmlType::kBF16: return {1, 2};
    case GgmlType::kQ8_0: return {kBlockElements, 2 + 32};
    case GgmlType::kQ4_0: return {kBlockElements, 2 + 16};
    case GgmlType::kQ4_1: return {kBlockElements, 2 + 2 + 16};
  }
  TRIREME_CHECK(false, "ggml type {} can't be read", static_cast<uint32_t>(type));
}

void dequantize(GgmlType type, std::span<const std::byte> bytes, std::span<float> out) {
  if (type == GgmlType::kF32) return widen_to_float(bytes, DType::kF32, 0, out);
  if (type == GgmlType::kF16) return widen_to_float(bytes, DType::kF16, 0, out);
  if (type == GgmlType::kBF16) return widen_to_float(bytes, DType::kBF16, 0, out);
  const GgmlBlock shape = ggml_block(type);
  const auto blocks = static_cast<int64_t>(out.size()) / shape.elements;
  TRIREME_CHECK(static_cast<int64_t>(out.size()) % shape.elements == 0 &&
                    static_cast<int64_t>(bytes.size()) == blocks * shape.bytes,
                "{} values of {} from {} bytes", out.size(), ggml_type_name(static_cast<uint32_t>(type)), bytes.size());
  for (int64_t i = 0; i < blocks; ++i) {
    const std::byte* block = bytes.data() + i * shape.bytes;
    float* values = out.data() + i * shape.elements;
    if (type == GgmlType::kQ8_0) {
      dequantize_q8_0(block, values);
    } else if (type == GgmlType::kQ4_0) {
      // Adding -0 keeps every value's bits, the sign of a zero included.
      dequantize_nibbles(block + 2, load_fp16(block), -0.0f, 8, values);
    } else {
      dequantize_nibbles(block + 4, load_fp16(block), load_fp16(block + 2), 0, values);
    }
  }
}

}  // namespace trireme::formats
