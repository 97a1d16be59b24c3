#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "trireme/core/diagnostic.h"

namespace trireme::config {

struct Value;

/// Keys in the order they were written.
struct Member;
using Table = std::vector<Member>;
using Array = std::vector<Value>;

/// A TOML value that no option takes: a date or a time. Kept to be named in messages.
struct OtherValue {
  std::string kind;
};

/// A value with the place it was read from: what the options see of a TOML file, a `--set`, or anything else
/// later.
struct Value {
  std::variant<bool, int64_t, double, std::string, Array, Table, OtherValue> data;
  SourceLocation where;
  /// The text of a `--set` value, which needs no quotes to stand for a string. Empty for a file's values.
  std::string unquoted;

  /// For messages: "integer 3", "string \"x\"", "table".
  std::string describe() const;
};

struct Member {
  std::string key;
  SourceLocation where;  // of the key
  Value value;
};

/// A string as TOML writes it, with quotes and escapes.
std::string quote(std::string_view text);
/// The shortest TOML float that reads back to the same double. REQUIRES: finite.
std::string float_text(double value);

}  // namespace trireme::config
