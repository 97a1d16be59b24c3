#pragma once

#include <string_view>

#include "trireme/config/value.h"

namespace trireme::config {

/// The value of `key`, or nullptr.
const Value* find(const Table& table, std::string_view key);

/// The table, array or text that a value is, or nullptr. A null pointer gives nullptr, so that look-ups chain:
/// `as_text(find(table, "Type"))`.
const Table* as_table(const Value* value);
const Array* as_array(const Value* value);
/// A string, or what was written without quotes: `Version: 2010-09-09` of YAML is text as well as a date.
const std::string* as_text(const Value* value);

}  // namespace trireme::config
