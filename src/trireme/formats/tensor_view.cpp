#include "trireme/formats/tensor_view.h"

#include <cstring>

#include "trireme/core/error.h"

namespace trireme::formats {

namespace {

template <class Stored, class Convert>
void widen(std::span<const std::byte> bytes, int64_t first, std::span<float> out, Convert convert) {
  const std::byte* from = bytes.data() + first * static_cast<int64_t>(sizeof(Stored));
  for (size_t i = 0; i < out.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, from + i * sizeof stored, sizeof stored);
    out[i] = convert(stored);
  }
}

template <class Convert>
void narrow(std::span<const float> values, std::span<std::byte> out, Convert convert) {
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t stored = convert(values[i]);
    std::memcpy(out.data() + i * sizeof stored, &stored, sizeof stored);
  }
}

}  // namespace

int64_t TensorInfo::numel() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

int64_t TensorInfo::checked_bytes() const {
  int64_t bytes = size_of(dtype);
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, size, &bytes)) return -1;
  }
  return bytes;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

void widen_to_float(std::span<const std::byte> bytes, DType dtype, int64_t first, std::span<float> out) {
  const auto end = (first + static_cast<int64_t>(out.size())) * size_of(dtype);
  TRIREME_CHECK(first >= 0 && end <= static_cast<int64_t>(bytes.size()), "elements up to byte {} of {}", end,
                bytes.size());
  switch (dtype) {
    case DType::kF64: return widen<double>(bytes, first, out, [](double x) { return static_cast<float>(x); });
    case DType::kF32: return widen<float>(bytes, first, out, [](float x) { return x; });
    case DType::kF16: return widen<uint16_t>(bytes, first, out, fp16_to_float);
    case DType::kBF16: return widen<uint16_t>(bytes, first, out, bf16_to_float);
    default: throw FormatError(format("weights of dtype {}; expected fp64, fp32, fp16 or bf16", name_of(dtype)));
  }
}

void narrow_from_float(std::span<const float> values, DType dtype, std::span<std::byte> out) {
  TRIREME_CHECK(static_cast<int64_t>(out.size()) == static_cast<int64_t>(values.size()) * size_of(dtype),
                "{} values into {} bytes", values.size(), out.size());
  switch (dtype) {
    case DType::kF32: std::memcpy(out.data(), values.data(), out.size()); return;
    case DType::kF16: return narrow(values, out, float_to_fp16);
    case DType::kBF16: return narrow(values, out, float_to_bf16);
    default: TRIREME_CHECK(false, "weights are written as fp32, fp16 or bf16, not {}", name_of(dtype));
  }
}

}  // namespace trireme::formats
