#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trireme/core/file.h"

namespace trireme::formats {

/// Throws IoError, or FormatError with file, line and column.
nlohmann::json read_json(const fs::path& path);
/// `source` names the text in errors.
nlohmann::json parse_json(std::string_view text, const std::string& source);
/// Indented by two spaces, keys in order, newline at the end.
std::string pretty_json(const nlohmann::json& value);

/// Typed reading of one JSON object. Every error is a FormatError naming the source and the dotted key. A key that is
/// null counts as absent.
class JsonObject {
 public:
  /// Refers to `value`, which must outlive it.
  JsonObject(const nlohmann::json& value, std::string source, std::string prefix = {});

  bool has(const std::string& key) const;
  /// Even as null.
  bool contains(const std::string& key) const;
  const nlohmann::json& at(const std::string& key) const;
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
  const nlohmann::json& value_;
  std::string source_;
  std::string prefix_;
};

}  // namespace trireme::formats
