#include "trireme/formats/json_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

}  // namespace

JsonFile::JsonFile(const fs::path& path) : file_(path), value_(text_of(file_), path.string()) {}

json read_json(const fs::path& path) { return json::parse(JsonFile(path).value().text()); }

json parse_json(std::string_view text, const std::string& source) { return json::parse(JsonView(text, source).text()); }

std::string pretty_json(const json& value) { return value.dump(2) + "\n"; }

JsonObject::JsonObject(JsonView value, std::string source, std::string prefix)
    : value_(value), source_(std::move(source)), prefix_(std::move(prefix)) {
  if (!value_.is_object()) {
    throw FormatError(
        format("{}: {} is not a JSON object", source_, prefix_.empty() ? "the file" : shortened(prefix_)));
  }
  constexpr size_t kFew = 32;
  for (const JsonMember& member : value_.members()) {
    few_.push_back(member);
    if (few_.size() <= kFew) continue;
    few_.clear();
    break;
  }
}

std::optional<JsonView> JsonObject::find(const std::string& key) const {
  if (few_.empty()) return value_.find(key);
  const auto found = std::find_if(few_.rbegin(), few_.rend(), [&](const JsonMember& m) { return m.key.says(key); });
  return found == few_.rend() ? std::nullopt : std::optional(found->value);
}

JsonView JsonObject::at(const std::string& key) const {
  const JsonView value = at_or_null(key);
  if (value.is_null()) fail(key, "is missing");
  return value;
}

JsonView JsonObject::list(const std::string& key) const {
  const JsonView value = at(key);
  if (!value.is_array()) fail(key, format("expected a list, got {}", value.shown()));
  return value;
}

JsonObject JsonObject::object(const std::string& key) const {
  return {at(key), source_, prefix_.empty() ? key : prefix_ + "." + key};
}

int64_t JsonObject::integer(const std::string& key) const {
  const JsonView value = at(key);
  if (!value.is_integer()) fail(key, format("expected a whole number, got {}", value.shown()));
  const auto integer = value.integer();
  if (!integer) fail(key, format("{} is too large", value.shown()));
  return *integer;
}

double JsonObject::number(const std::string& key) const {
  const JsonView value = at(key);
  if (!value.is_number()) fail(key, format("expected a number, got {}", value.shown()));
  return value.number();
}

bool JsonObject::boolean(const std::string& key) const {
  const JsonView value = at(key);
  if (!value.is_boolean()) fail(key, format("expected true or false, got {}", value.shown()));
  return value.is_true();
}

std::string JsonObject::text(const std::string& key) const {
  const JsonView value = at(key);
  if (!value.is_string()) fail(key, format("expected a string, got {}", value.shown()));
  return value.string();
}

void JsonObject::fail(const std::string& key, const std::string& message) const {
  throw FormatError(
      format("{}: {}{}{}: {}", source_, shortened(prefix_), prefix_.empty() ? "" : ".", shortened(key), message));
}

}  // namespace trireme::formats
