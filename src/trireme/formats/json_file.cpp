#include "trireme/formats/json_file.h"

#include <nlohmann/json.hpp>

#include "trireme/core/error.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

/// No file of the field nests deeper, and each level takes 60 bytes to one of the text.
constexpr int kMaxDepth = 64;

void check_depth(std::string_view text, const std::string& source) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (c == '\\') ++i;  // and the letter that it escapes
    if (in_string) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMaxDepth) throw FormatError(format("{}: nested deeper than {}", source, kMaxDepth));
  }
}

}  // namespace

json read_json(const fs::path& path) {
  const MappedFile file(path);
  return parse_json({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, path.string());
}

json parse_json(std::string_view text, const std::string& source) {
  if (text.empty()) throw FormatError(format("{}: empty, expected JSON", source));
  check_depth(text, source);
  try {
    return json::parse(text);
  } catch (const json::exception& problem) {  // out_of_range too: a number that no double holds
    // Its text begins with "[json.exception.parse_error.101] ", which says nothing to a reader.
    const std::string_view what = problem.what();
    const size_t after_tag = what.find("] ");
    throw FormatError(format("{}: not JSON: {}", source, after_tag == what.npos ? what : what.substr(after_tag + 2)));
  }
}

std::string pretty_json(const json& value) { return value.dump(2) + "\n"; }

JsonObject::JsonObject(const json& value, std::string source, std::string prefix)
    : value_(value), source_(std::move(source)), prefix_(std::move(prefix)) {
  if (!value_.is_object()) {
    throw FormatError(format("{}: {} is not a JSON object", source_, prefix_.empty() ? "the file" : prefix_));
  }
}

bool JsonObject::contains(const std::string& key) const { return value_.contains(key); }

bool JsonObject::has(const std::string& key) const {
  const auto found = value_.find(key);
  return found != value_.end() && !found->is_null();
}

const json& JsonObject::at(const std::string& key) const {
  if (!has(key)) fail(key, "is missing");
  return value_.at(key);
}

JsonObject JsonObject::object(const std::string& key) const {
  return {at(key), source_, prefix_.empty() ? key : prefix_ + "." + key};
}

int64_t JsonObject::integer(const std::string& key) const {
  const json& value = at(key);
  if (!value.is_number_integer()) fail(key, format("expected a whole number, got {}", value.dump()));
  if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX)
    fail(key, format("{} is too large", value.dump()));
  return value.get<int64_t>();
}

double JsonObject::number(const std::string& key) const {
  const json& value = at(key);
  if (!value.is_number()) fail(key, format("expected a number, got {}", value.dump()));
  return value.get<double>();
}

bool JsonObject::boolean(const std::string& key) const {
  const json& value = at(key);
  if (!value.is_boolean()) fail(key, format("expected true or false, got {}", value.dump()));
  return value.get<bool>();
}

std::string JsonObject::text(const std::string& key) const {
  const json& value = at(key);
  if (!value.is_string()) fail(key, format("expected a string, got {}", value.dump()));
  return value.get<std::string>();
}

void JsonObject::fail(const std::string& key, const std::string& message) const {
  throw FormatError(format("{}: {}{}{}: {}", source_, prefix_, prefix_.empty() ? "" : ".", key, message));
}

}  // namespace trireme::formats
