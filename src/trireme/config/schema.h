#pragma once

#include <string>

#include "trireme/config/option_set.h"

namespace trireme::config {

/// A table called so in a set stands for tables, or keys, of any name: [nodes.NAME].
inline constexpr const char* kAnyName = "NAME";

/// The options as a JSON Schema (draft-07, which editors of TOML read), so that an editor completes and checks what the
/// program would: types, choices, limits, descriptions, and no other keys. Rules between options are left to the
/// program.
std::string json_schema(const OptionSet& options, const std::string& title);

}  // namespace trireme::config
