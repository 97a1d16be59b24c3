#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

/// Fields of a protocol buffer. Source: protobuf.dev/programming-guides/encoding.
namespace trireme::formats {

inline std::string protobuf_varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes += static_cast<char>(value);
}

inline std::string protobuf_number(uint64_t field, uint64_t value) {
  return protobuf_varint(field << 3) + protobuf_varint(value);
}

inline std::string protobuf_float(uint64_t field, float value) {
  std::string bytes = protobuf_varint(field << 3 | 5);
  const auto bits = std::bit_cast<uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift);
  return bytes;
}

/// A string or a message.
inline std::string protobuf_bytes(uint64_t field, std::string_view content) {
  return protobuf_varint(field << 3 | 2) + protobuf_varint(content.size()) + std::string(content);
}

}  // namespace trireme::formats
