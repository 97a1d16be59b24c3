#pragma once

#include <optional>
#include <string>

#include "trireme/config/value.h"
#include "trireme/core/diagnostic.h"

namespace trireme::config {

/// Reads JSON (RFC 8259) that others wrote, strictly: into the same tree as parse_yaml, and with its limits and its
/// refusal of keys written twice. `name` stands for the file in locations. Nothing when there was an error.
std::optional<Value> parse_json(const std::string& text, const std::string& name, Diagnostics& diagnostics);

}  // namespace trireme::config
