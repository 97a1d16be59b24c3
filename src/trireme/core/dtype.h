#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace trireme {

/// Element types that cross the seams between formats, collectives and tensors.
enum class DType : uint8_t { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kU16, kBool };

constexpr int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kI64: return 8;
    case DType::kF32:
    case DType::kI32: return 4;
    case DType::kF16:
    case DType::kBF16:
    case DType::kI16:
    case DType::kU16: return 2;
    default: return 1;
  }
}

/// Short lower-case name as recipes and messages write it: "fp32", "bf16", "int64".
std::string_view name_of(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);

/// bf16 holds the upper half of an fp32. Rounds to nearest, ties to even; NaN stays NaN.
inline uint16_t float_to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
inline float bf16_to_float(uint16_t value) { return std::bit_cast<float>(static_cast<uint32_t>(value) << 16); }

/// IEEE binary16. Rounds to nearest, ties to even; overflow becomes infinity.
uint16_t float_to_fp16(float value);
float fp16_to_float(uint16_t value);

}  // namespace trireme
