#include "trireme/formats/gguf.h"

#include "trireme/core/error.h"

namespace trireme::formats {

namespace {

std::optional<int64_t> as_integer(const GgufValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value.value)) return *number;
  if (const auto* number = std::get_if<uint64_t>(&value.value); number && *number <= INT64_MAX) {
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
  if (const auto* real = std::get_if<double>(&value.value)) return *real;
  const auto whole = as_integer(value);
  if (!whole) fail(key, "is not a number");
  return static_cast<double>(*whole);
}

bool GgufFile::boolean(const std::string& key) const {
  const auto* value = std::get_if<bool>(&at(key).value);
  if (!value) fail(key, "is not a boolean");
  return *value;
}

const std::string& GgufFile::text(const std::string& key) const {
  const auto* value = std::get_if<std::string>(&at(key).value);
  if (!value) fail(key, "is not a string");
  return *value;
}

const GgufArray& GgufFile::array(const std::string& key) const {
  const auto* value = std::get_if<GgufArray>(&at(key).value);
  if (!value) fail(key, "is not an array");
  return *value;
}

std::vector<std::string> GgufFile::texts(const std::string& key) const {
  std::vector<std::string> list;
  for (const GgufValue& item : array(key)) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (!text) fail(key, "is not an array of strings");
    list.push_back(*text);
  }
  return list;
}

std::vector<int64_t> GgufFile::integers(const std::string& key) const {
  std::vector<int64_t> list;
  for (const GgufValue& item : array(key)) {
    const auto value = as_integer(item);
    if (!value) fail(key, "is not an array of whole numbers");
    list.push_back(*value);
  }
  return list;
}

void GgufFile::fail(const std::string& what, const std::string& message) const {
  throw FormatError(format("{}: {}: {}", path_.string(), what, message));
}

}  // namespace trireme::formats
