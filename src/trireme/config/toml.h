#pragma once

#include <string>

#include "trireme/config/value.h"
#include "trireme/core/diagnostic.h"

namespace trireme::config {

/// Parses a TOML document; `name` stands for the file in locations. A syntax error (the first one: TOML can't
/// be read past it) becomes a diagnostic, and the table is then empty.
Table parse_toml(const std::string& text, const std::string& name, Diagnostics& diagnostics);

/// Turns `section.key=value` into a table of that one value, located at "--set section.key". The value is
/// TOML; what is not, and does not start like a string, array or table, is a string without quotes. Problems
/// become diagnostics, and the table is then empty.
Table parse_override(const std::string& text, Diagnostics& diagnostics);

}  // namespace trireme::config
