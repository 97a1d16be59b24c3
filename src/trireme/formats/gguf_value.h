#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "trireme/formats/gguf_cursor.h"

namespace trireme::formats {

inline constexpr uint32_t kGgufMagic = 0x46554747;  // "GGUF"
inline constexpr int64_t kDefaultGgufAlignment = 32;

/// gguf_metadata_value_type.
enum class GgufType : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };

/// An array where it lies in the file: a vocabulary is decoded when it is asked for.
struct GgufArray {
  GgufType type = GgufType::kU8;  // of an element
  uint64_t count = 0;
  std::span<const std::byte> bytes;
};

/// A metadata value; integers of every width are widened to 64 bits, floats to double, and texts stay in the file.
using GgufValue = std::variant<bool, int64_t, uint64_t, double, std::string_view, GgufArray>;

/// The next value. `key` names it in errors. Throws FormatError for one that the bytes don't hold whole, or of no known
/// type.
GgufValue read_gguf_value(GgufCursor& cursor, GgufType type, const std::string& key);

}  // namespace trireme::formats
