#include "trireme/formats/protobuf_reader.h"

#include <bit>

#include "trireme/core/error.h"

namespace trireme::formats {

namespace {

enum WireType : uint64_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

}  // namespace

float ProtobufReader::Field::as_float() const { return std::bit_cast<float>(static_cast<uint32_t>(integer)); }

void ProtobufReader::fail(const char* what) const {
  throw FormatError(format("{}: {} at byte {} of {}", where_, what, at_, bytes_.size()));
}

uint64_t ProtobufReader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == bytes_.size()) fail("cut short");
    const auto byte = static_cast<unsigned char>(bytes_[at_++]);
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  fail("a number of more than 64 bits");
}

uint64_t ProtobufReader::fixed(size_t size) {
  if (bytes_.size() - at_ < size) fail("cut short");
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<unsigned char>(bytes_[at_ + i])} << (8 * i);
  at_ += size;
  return value;
}

std::optional<ProtobufReader::Field> ProtobufReader::next() {
  if (at_ == bytes_.size()) return std::nullopt;
  const uint64_t key = varint();
  Field field;
  field.number = static_cast<uint32_t>(key >> 3);
  switch (key & 7) {
    case kVarint: field.integer = varint(); break;
    case kFixed64: field.integer = fixed(8); break;
    case kFixed32: field.integer = fixed(4); break;
    case kLength: {
      const uint64_t size = varint();
      if (size > bytes_.size() - at_) fail("cut short");
      field.bytes = bytes_.substr(at_, size);
      at_ += size;
      break;
    }
    default: fail("a field of unknown kind");
  }
  return field;
}

}  // namespace trireme::formats
