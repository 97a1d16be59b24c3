#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace scripted_aws {

using Json = nlohmann::json;

/// An error that AWS answers with: the command line prints it and exits with 254.
struct AwsError : std::runtime_error {
  AwsError(std::string code_, const std::string& message) : std::runtime_error(message), code(std::move(code_)) {}
  std::string code;
};

/// ValidationError, CloudFormation's word for most of what it refuses.
struct ValidationError : AwsError {
  explicit ValidationError(const std::string& message) : AwsError("ValidationError", message) {}
};

/// `object[key]`, or null if it is not there or `object` is no object.
inline const Json& get(const Json& object, const std::string& key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

inline std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace scripted_aws
