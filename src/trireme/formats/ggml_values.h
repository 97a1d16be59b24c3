#pragma once

#include <span>

#include "trireme/formats/ggml_type.h"

namespace trireme::formats {

/// Values as fp32, bit for bit as ggml computes them. REQUIRES: out.size() is a whole number of blocks and `bytes`
/// holds just these.
void dequantize(GgmlType type, std::span<const std::byte> bytes, std::span<float> out);

/// Values as kF32, kF16, kBF16 or kQ8_0, bit for bit as ggml stores them. REQUIRES: as for dequantize. Throws
/// ConfigError for a value that the type can't hold: above fp16's range, or not finite under Q8_0.
void quantize(GgmlType type, std::span<const float> values, std::span<std::byte> out);

}  // namespace trireme::formats
