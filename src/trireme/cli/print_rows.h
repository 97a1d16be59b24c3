#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace trireme::cli {

/// Objects that keep the order in which their keys were put in.
using Json = nlohmann::ordered_json;

/// JSON null when it is unknown.
template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

/// JSON null when it is empty.
inline Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

/// A value as text for people: null is "unknown".
std::string text_of(const Json& value);

/// Rows of flat objects with equal keys: as JSON, or in columns with a heading.
void print_rows(const Json& rows, bool json);

}  // namespace trireme::cli
