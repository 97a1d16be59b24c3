#pragma once

#include <optional>
#include <string_view>

#include "trireme/config/value.h"

namespace trireme::config {

/// What a plain (unquoted) scalar means, as PyYAML's SafeLoader resolves it: the types of YAML 1.1
/// (https://yaml.org/type/) with its regular expressions, which differ in details, for example 1e5 is a string. A
/// date or time becomes an OtherValue. Nothing for a number that a Value can't hold.
std::optional<Value::Data> resolve_plain(std::string_view text);

}  // namespace trireme::config
