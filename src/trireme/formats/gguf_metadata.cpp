#include <algorithm>
#include <utility>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"
#include "trireme/formats/gguf.h"

namespace trireme::formats {

namespace {

std::optional<int64_t> as_integer(const GgufValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<uint64_t>(&value); number && *number <= INT64_MAX) {
    return static_cast<int64_t>(*number);
  }
  return std::nullopt;
}

}  // namespace

const GgufFile::Metadata* GgufFile::find_metadata(std::string_view key) const {
  const auto found = std::ranges::lower_bound(metadata_, key, {}, &Metadata::key);
  return found == metadata_.end() || found->key != key ? nullptr : &*found;
}

GgufValue GgufFile::at(const std::string& key) const {
  const Metadata* found = find_metadata(key);
  if (!found) fail(key, "is missing from the metadata");
  GgufCursor cursor(file_.bytes(), path_.string(), found->position);
  return read_gguf_value(cursor, found->type, key);
}

int64_t GgufFile::integer(const std::string& key) const {
  const auto value = as_integer(at(key));
  if (!value) fail(key, "is not a whole number");
  return *value;
}

double GgufFile::number(const std::string& key) const {
  const GgufValue value = at(key);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  const auto whole = as_integer(value);
  if (!whole) fail(key, "is not a number");
  return static_cast<double>(*whole);
}

bool GgufFile::boolean(const std::string& key) const {
  const GgufValue value = at(key);
  const auto* boolean = std::get_if<bool>(&value);
  if (!boolean) fail(key, "is not a boolean");
  return *boolean;
}

std::string GgufFile::text(const std::string& key) const {
  const GgufValue value = at(key);
  const auto* text = std::get_if<std::string_view>(&value);
  if (!text) fail(key, "is not a string");
  return std::string(*text);
}

GgufArray GgufFile::array(const std::string& key) const {
  const GgufValue value = at(key);
  const auto* array = std::get_if<GgufArray>(&value);
  if (!array) fail(key, "is not an array");
  return *array;
}

std::vector<std::string> GgufFile::texts(const std::string& key) const {
  std::vector<std::string> list;
  const GgufArray items = array(key);
  if (items.type != GgufType::kString) fail(key, "is not an array of strings");
  GgufCursor cursor(items.bytes, path_.string());
  list.reserve(items.count);
  for (uint64_t i = 0; i < items.count; ++i) list.emplace_back(cursor.read_text(key));
  return list;
}

std::vector<int32_t> GgufFile::integers(const std::string& key) const {
  std::vector<int32_t> list;
  const GgufArray items = array(key);
  GgufCursor cursor(items.bytes, path_.string());
  list.reserve(items.count);
  for (uint64_t i = 0; i < items.count; ++i) {
    const auto value = as_integer(read_gguf_value(cursor, items.type, key));
    if (!value || !std::in_range<int32_t>(*value)) fail(key, "is not an array of whole numbers of 32 bits");
    list.push_back(static_cast<int32_t>(*value));
  }
  return list;
}

std::vector<float> GgufFile::floats(const std::string& key) const {
  std::vector<float> list;
  const GgufArray items = array(key);
  if (items.type != GgufType::kF32) fail(key, "is not an array of fp32 numbers");
  GgufCursor cursor(items.bytes, path_.string());
  list.reserve(items.count);
  for (uint64_t i = 0; i < items.count; ++i) {
    list.push_back(static_cast<float>(std::get<double>(read_gguf_value(cursor, items.type, key))));
  }
  return list;
}

void GgufFile::fail(const std::string& what, const std::string& message) const {
  throw FormatError(format("{}: {}: {}", path_.string(), shortened(what), message));
}

}  // namespace trireme::formats
