#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trireme::formats {

/// Element types of GGUF tensors that can be read. Values are those of ggml.h.
enum class GgmlType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30
};

/// Values of a block of Q4_0 to Q8_0.
inline constexpr int64_t kBlockElements = 32;

/// Values that are stored together, and their bytes.
struct GgmlBlock {
  int64_t elements = 1;
  int64_t bytes = 0;
};

/// "Q4_1". Knows every type that ggml has, also those that can't be read; "type 77" for one it does not know.
std::string ggml_type_name(uint32_t type);
inline std::string ggml_type_name(GgmlType type) { return ggml_type_name(static_cast<uint32_t>(type)); }
bool ggml_type_supported(uint32_t type);
/// The names of the types that can be read, for messages.
std::string ggml_supported_types();
GgmlBlock ggml_block(GgmlType type);

}  // namespace trireme::formats
