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

/// A date or a time, which no option takes. Kept to be named in messages.
struct OtherValue {
  std::string kind;
};

/// The null of YAML and JSON; TOML has none.
struct Null {};

/// A value with the place it was read from: what readers see of a TOML, YAML or JSON file, or of a `--set`.
struct Value {
  using Data = std::variant<bool, int64_t, double, std::string, Array, Table, OtherValue, Null>;

  Data data;
  /// That of a literal block of YAML is its first line of text, at column 1.
  SourceLocation where;
  /// The text of a value that was written without quotes and may stand for a string: a `--set`, a plain scalar of
  /// YAML, a number or boolean of JSON. Empty for TOML's values and for null.
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
