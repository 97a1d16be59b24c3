#include "trireme/formats/gguf.h"

#include "trireme/core/error.h"

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

const GgufValue& GgufFile::at(const std::string& key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) fail(key, "is missing from the metadata");
  return found->second;
}

int64_t GgufFile::integer(const std::string& key) const {
  const auto value = as_integer(at(key));
  if (!value) fail(key, "is not a whole number");
  return *value;
}

double GgufFile::number(const std::string& key) const {
  const GgufValue& value = at(key);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  const auto whole = as_integer(value);
  if (!whole) fail(key, "is not a number");
  return static_cast<double>(*whole);
}

bool GgufFile::boolean(const std::string& key) const {
  const auto* value = std::get_if<bool>(&at(key));
  if (!value) fail(key, "is not a boolean");
  return *value;
}

const std::string& GgufFile::text(const std::string& key) const {
  const auto* value = std::get_if<std::string>(&at(key));
  if (!value) fail(key, "is not a string");
  return *value;
}

const GgufArray& GgufFile::array(const std::string& key) const {
  const auto* value = std::get_if<GgufArray>(&at(key));
  if (!value) fail(key, "is not an array");
  return *value;
}

std::vector<std::string> GgufFile::texts(const std::string& key) const {
  std::vector<std::string> list;
  const GgufArray& items = array(key);
  if (items.type != GgufType::kString) fail(key, "is not an array of strings");
  GgufCursor cursor(items.bytes, path_.string());
  list.reserve(items.count);
  for (uint64_t i = 0; i < items.count; ++i) list.push_back(cursor.read_string(key));
  return list;
}

std::vector<int64_t> GgufFile::integers(const std::string& key) const {
  std::vector<int64_t> list;
  const GgufArray& items = array(key);
  GgufCursor cursor(items.bytes, path_.string());
  list.reserve(items.count);
  for (uint64_t i = 0; i < items.count; ++i) {
    const auto value = as_integer(read_gguf_value(cursor, items.type, key));
    if (!value) fail(key, "is not an array of whole numbers");
    list.push_back(*value);
  }
  return list;
}

void GgufFile::fail(const std::string& what, const std::string& message) const {
  throw FormatError(format("{}: {}: {}", path_.string(), what, message));
}

}  // namespace trireme::formats
