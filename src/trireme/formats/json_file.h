#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "trireme/core/file.h"
#include "trireme/formats/json_view.h"

namespace trireme::formats {

/// A file mapped and checked. Throws IoError, or FormatError with file, line and column.
class JsonFile {
 public:
  explicit JsonFile(const fs::path& path);
  const JsonView& value() const { return value_; }

 private:
  MappedFile file_;
  JsonView value_;
};

/// As a tree, for small files that are changed. Throws as JsonFile does.
nlohmann::json read_json(const fs::path& path);
/// `source` names the text in errors.
nlohmann::json parse_json(std::string_view text, const std::string& source);
/// Indented by two spaces, keys in order, newline at the end.
std::string pretty_json(const nlohmann::json& value);

/// Typed reading of one JSON object. Every error is a FormatError naming the source and the dotted key. A key that is
/// null counts as absent.
class JsonObject {
 public:
  JsonObject(JsonView value, std::string source, std::string prefix = {});

  bool has(const std::string& key) const { return !at_or_null(key).is_null(); }
  /// Even as null.
  bool contains(const std::string& key) const { return find(key).has_value(); }
  JsonView at(const std::string& key) const;
  JsonView at_or_null(const std::string& key) const { return find(key).value_or(JsonView()); }
  /// The same of a list.
  JsonView list(const std::string& key) const;
  JsonItems<JsonMember> members() const { return value_.members(); }
  JsonObject object(const std::string& key) const;

  int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  bool boolean(const std::string& key) const;
  std::string text(const std::string& key) const;

  int64_t integer_or(const std::string& key, int64_t fallback) const { return has(key) ? integer(key) : fallback; }
  double number_or(const std::string& key, double fallback) const { return has(key) ? number(key) : fallback; }
  bool boolean_or(const std::string& key, bool fallback) const { return has(key) ? boolean(key) : fallback; }
  std::string text_or(const std::string& key, std::string fallback) const {
    return has(key) ? text(key) : std::move(fallback);
  }

  const std::string& source() const { return source_; }
  /// Throws FormatError "source: key: message".
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  std::optional<JsonView> find(const std::string& key) const;

  JsonView value_;
  std::vector<JsonMember> few_;  // its members, where there are few: the text is passed over once, not for each key
  std::string source_;
  std::string prefix_;
};

}  // namespace trireme::formats
