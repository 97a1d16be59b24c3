#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trireme/cloud/model/fact.h"
#include "trireme/config/value.h"

namespace trireme::cloud {

/// Stands in a tree for what the file leaves open. A reference to something that the file declares stays a table of
/// the one key "Ref", an import one of "Fn::ImportValue".
config::Value unknown_value(const SourceLocation& where);
bool is_unknown(const config::Value& value);

/// A place in a tree of values, which may be absent or unknown. Look-ups chain and never fail; what is below something
/// unknown is unknown.
class Entry {
 public:
  Entry() = default;
  explicit Entry(const config::Value& value) : value_(&value), where_(value.where) {}

  /// Absent, with the place of this entry, when there is no such key.
  Entry operator[](std::string_view key) const;
  /// Of a list; a value that is no list counts as a list of one, as CloudFormation has it.
  std::vector<Entry> items() const;
  const config::Table* table() const;
  const config::Value* value() const { return value_; }

  bool absent() const { return value_ == nullptr && !unknown_; }
  bool unknown() const { return unknown_ || (value_ != nullptr && is_unknown(*value_)); }
  /// Given, as a table or otherwise.
  bool given() const { return value_ != nullptr && !unknown(); }
  const SourceLocation& where() const { return where_; }

  Text text() const;
  Fact<int64_t> integer() const;
  Fact<double> number() const;
  Fact<bool> boolean() const;
  Fact<Link> link() const;
  Facts<std::string> texts() const;
  Facts<Link> links() const;

 private:
  template <class T, class Convert>
  Fact<T> fact(Convert convert) const;
  template <class T, class Read>
  Facts<T> list(Read read) const;

  const config::Value* value_ = nullptr;
  SourceLocation where_;
  bool unknown_ = false;
};

/// `fact`, or `value` at its place when it is absent: the default that AWS documents.
template <class T>
Fact<T> or_default(Fact<T> fact, T value) {
  if (fact.absent()) fact.value = std::move(value);
  return fact;
}

}  // namespace trireme::cloud
