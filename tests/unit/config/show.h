#pragma once

#include <string>

#include "trireme/config/value.h"

namespace trireme::config {

/// A tree on one line: `{"a": [integer 1, null]}`. Collections are written out, scalars described.
inline std::string show(const Value& value) {
  std::string text;
  if (const auto* array = std::get_if<Array>(&value.data)) {
    for (const Value& item : *array) text += (text.empty() ? "" : ", ") + show(item);
    return "[" + text + "]";
  }
  if (const auto* table = std::get_if<Table>(&value.data)) {
    for (const Member& member : *table) {
      text += (text.empty() ? "" : ", ") + quote(member.key) + ": " + show(member.value);
    }
    return "{" + text + "}";
  }
  return value.describe();
}

}  // namespace trireme::config
