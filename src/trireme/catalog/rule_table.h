#pragma once

#include <span>
#include <string>

#include "trireme/catalog/condition.h"
#include "trireme/catalog/table.h"

namespace trireme::catalog {

/// A word of a table and what it stands for.
template <class T>
struct Choice {
  std::string_view word;
  T meaning;
};

/// A table of facts with conditions in it. Throws FormatError, naming file, row and column, for what it can't read.
class RuleTable {
 public:
  explicit RuleTable(const std::string& name);

  size_t size() const { return table_.size(); }
  const std::string& text(size_t row, std::string_view column) const { return table_.text(row, column); }
  /// "" for "-".
  std::string text_or_nothing(size_t row, std::string_view column) const;
  Condition condition(size_t row, std::string_view column) const;

  template <class T>
  T choice(size_t row, std::string_view column, std::span<const Choice<T>> choices) const {
    for (const Choice<T>& choice : choices) {
      if (text(row, column) == choice.word) return choice.meaning;
    }
    fail(row, column, "has an unknown word");
  }

  [[noreturn]] void fail(size_t row, std::string_view column, const std::string& problem) const;

 private:
  std::string name_;
  Table table_;
};

}  // namespace trireme::catalog
