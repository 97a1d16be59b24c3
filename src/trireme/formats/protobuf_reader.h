#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trireme::formats {

/// Reads a protocol buffer field by field, without its schema. Source: protobuf.dev/programming-guides/encoding.
class ProtobufReader {
 public:
  struct Field {
    uint32_t number = 0;
    uint64_t integer = 0;    // of a varint, or the bits of a fixed32 or fixed64
    std::string_view bytes;  // of what has a length: a string, bytes or a message
    float as_float() const;  // REQUIRES: a fixed32
  };

  /// Messages begin with `where`. `bytes` must outlive what is read.
  ProtobufReader(std::string_view bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {}

  /// Nothing at the end. Throws FormatError with the place when the bytes are cut short or of an unknown kind.
  std::optional<Field> next();

 private:
  [[noreturn]] void fail(const char* what) const;
  uint64_t varint();
  uint64_t fixed(size_t size);

  std::string_view bytes_;
  size_t at_ = 0;
  std::string where_;
};

}  // namespace trireme::formats
