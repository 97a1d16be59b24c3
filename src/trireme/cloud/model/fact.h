#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trireme/core/diagnostic.h"

namespace trireme::cloud {

/// A value that a file gives, with its place. Empty: absent, or Unknown, when the file leaves it to a parameter, to a
/// condition or to the account. A default that AWS documents counts as given, at the place of what has it.
template <class T>
struct Fact {
  std::optional<T> value;
  SourceLocation where;
  bool unknown = false;

  explicit operator bool() const { return value.has_value(); }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }
  bool absent() const { return !value && !unknown; }
  bool is(const T& other) const { return value && *value == other; }
};

using Text = Fact<std::string>;

/// What a file says of a thing that is declared elsewhere: by logical name in the same file, by the name of an export
/// of another stack, or by an id of the account.
struct Link {
  std::string name;
  bool declared = false;  // in the same file
  bool imported = false;  // the name is an export's, with "*" for what parameters make of it

  bool operator==(const Link&) const = default;
};

/// A list of facts. Incomplete when the file leaves the list, or whether an entry is there, to something unknown.
template <class T>
struct Facts {
  std::vector<Fact<T>> items;
  bool complete = true;
  SourceLocation where;

  bool empty() const { return complete && items.empty(); }
};

}  // namespace trireme::cloud
