#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trireme::formats {

/// Element types of GGUF tensors that can be read. Values are those of ggml.h.
enum class GgmlType : uint32_t { kF32 = 0, kF16 = 1, kQ4_0 = 2, kQ4_1 = 3, kQ8_0 = 8, kBF16 = 30 };

/// Values that are stored together, and their bytes.
struct GgmlBlock {
  int64_t elements = 1;
  int64_t bytes = 0;
};

/// "Q4_1". Knows every type that ggml has, also those that can't be read; "type 77" for one it does not know.
std::string ggml_type_name(uint32_t type);
bool ggml_type_supported(uint32_t type);
/// The names of the types that can be read, for messages.
std::string ggml_supported_types();
GgmlBlock ggml_block(GgmlType type);

/// Values as fp32, bit for bit as ggml computes them. REQUIRES: out.size() is a whole number of blocks and `bytes`
/// holds just these.
void dequantize(GgmlType type, std::span<const std::byte> bytes, std::span<float> out);

}  // namespace trireme::formats
