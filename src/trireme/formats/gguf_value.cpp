#include "trireme/formats/gguf_value.h"

namespace trireme::formats {

namespace {

constexpr int kMaxArrayDepth = 8;

/// Fewest bytes that an element takes.
size_t least_bytes(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool: return 1;
    case GgufType::kU16:
    case GgufType::kI16: return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32: return 4;
    case GgufType::kArray: return 12;  // type and count
    default: return 8;                 // a string's length
  }
}

/// Type and count; leaves the elements to come.
GgufArray read_array_header(GgufCursor& cursor, const std::string& key) {
  GgufArray array;
  array.type = cursor.read<GgufType>(key);
  array.count = cursor.read_count(key, least_bytes(array.type));
  return array;
}

void skip_array(GgufCursor& cursor, const GgufArray& array, const std::string& key, int depth) {
  if (array.type > GgufType::kF64)
    cursor.fail(key, format("unknown metadata type {}", static_cast<uint32_t>(array.type)));
  if (array.type != GgufType::kString && array.type != GgufType::kArray) {
    cursor.skip(array.count * least_bytes(array.type), key);
    return;
  }
  if (depth == kMaxArrayDepth) cursor.fail(key, "arrays nested too deep");
  for (uint64_t i = 0; i < array.count; ++i) {
    if (array.type == GgufType::kString) {
      cursor.skip(cursor.read<uint64_t>(key), key);
    } else {
      skip_array(cursor, read_array_header(cursor, key), key, depth + 1);
    }
  }
}

GgufArray read_array(GgufCursor& cursor, const std::string& key) {
  GgufArray array = read_array_header(cursor, key);
  const size_t begin = cursor.position();
  skip_array(cursor, array, key, 0);
  array.bytes = cursor.since(begin);
  return array;
}

}  // namespace

GgufValue read_gguf_value(GgufCursor& cursor, GgufType type, const std::string& key) {
  switch (type) {
    case GgufType::kU8: return uint64_t{cursor.read<uint8_t>(key)};
    case GgufType::kI8: return int64_t{cursor.read<int8_t>(key)};
    case GgufType::kU16: return uint64_t{cursor.read<uint16_t>(key)};
    case GgufType::kI16: return int64_t{cursor.read<int16_t>(key)};
    case GgufType::kU32: return uint64_t{cursor.read<uint32_t>(key)};
    case GgufType::kI32: return int64_t{cursor.read<int32_t>(key)};
    case GgufType::kU64: return cursor.read<uint64_t>(key);
    case GgufType::kI64: return cursor.read<int64_t>(key);
    case GgufType::kF32: return double{cursor.read<float>(key)};
    case GgufType::kF64: return cursor.read<double>(key);
    case GgufType::kBool: return cursor.read<uint8_t>(key) != 0;
    case GgufType::kString: return cursor.read_text(key);
    case GgufType::kArray: return read_array(cursor, key);
  }
  cursor.fail(key, format("unknown metadata type {}", static_cast<uint32_t>(type)));
}

}  // namespace trireme::formats
