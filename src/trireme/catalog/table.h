#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/core/file.h"

namespace trireme::catalog {

/// A table of facts: lines that start with # are comments, the first other line names the columns, the rest
/// are rows. Fields are separated by one tab; "-" means that the table does not say.
class Table {
 public:
  /// Throws IoError, or FormatError naming file and line when a row has too few or too many fields.
  static Table read(const fs::path& path);
  static Table parse(std::string_view text, const std::string& file);

  size_t size() const { return rows_.size(); }
  /// Throws FormatError, naming file, line and column, when the column is absent or the text is not of the
  /// type.
  const std::string& text(size_t row, std::string_view column) const;
  std::optional<int64_t> integer(size_t row, std::string_view column) const;
  std::optional<double> number(size_t row, std::string_view column) const;
  std::optional<bool> boolean(size_t row, std::string_view column) const;
  /// As integer(), of a column that every row must give.
  int64_t required_integer(size_t row, std::string_view column) const;
  /// The parts between commas; none of "-".
  std::vector<std::string> list(size_t row, std::string_view column) const;

 private:
  struct Row {
    int line = 0;
    std::vector<std::string> fields;
  };
  template <class T>
  T parsed(size_t row, std::string_view column, const char* type) const;
  bool is_given(size_t row, std::string_view column) const { return text(row, column) != "-"; }

  std::string file_;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace trireme::catalog
