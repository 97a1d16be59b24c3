#include "trireme/catalog/table.h"

#include <algorithm>
#include <charconv>

#include "trireme/core/error.h"

namespace trireme::catalog {

namespace {

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> fields;
  while (true) {
    const size_t end = line.find(separator);
    fields.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

Table Table::read(const fs::path& path) { return parse(read_file(path), path.string()); }

Table Table::parse(std::string_view text, const std::string& file) {
  Table table;
  table.file_ = file;
  int line_number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++line_number;
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> fields = split(line, '\t');
    if (table.columns_.empty()) {
      table.columns_ = std::move(fields);
    } else if (fields.size() != table.columns_.size()) {
      throw FormatError(format("{}:{}: {} fields where the table has {} columns", file, line_number, fields.size(),
                               table.columns_.size()));
    } else {
      table.rows_.push_back({line_number, std::move(fields)});
    }
  }
  if (table.columns_.empty()) throw FormatError(format("{}: the table has no line of column names", file));
  return table;
}

const std::string& Table::text(size_t row, std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) throw FormatError(format("{}: the table has no column \"{}\"", file_, column));
  return rows_.at(row).fields[static_cast<size_t>(found - columns_.begin())];
}

template <class T>
T Table::parsed(size_t row, std::string_view column, const char* type) const {
  const std::string& field = text(row, column);
  T value{};
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) {
    throw FormatError(format("{}:{}: column {} must be {}, got \"{}\"", file_, rows_[row].line, column, type, field));
  }
  return value;
}

std::optional<int64_t> Table::integer(size_t row, std::string_view column) const {
  if (!is_given(row, column)) return std::nullopt;
  return parsed<int64_t>(row, column, "a whole number");
}

std::optional<double> Table::number(size_t row, std::string_view column) const {
  if (!is_given(row, column)) return std::nullopt;
  return parsed<double>(row, column, "a number");
}

std::optional<bool> Table::boolean(size_t row, std::string_view column) const {
  if (!is_given(row, column)) return std::nullopt;
  const std::string& field = text(row, column);
  if (field == "true") return true;
  if (field == "false") return false;
  throw FormatError(
      format("{}:{}: column {} must be true or false, got \"{}\"", file_, rows_[row].line, column, field));
}

int64_t Table::required_integer(size_t row, std::string_view column) const {
  return parsed<int64_t>(row, column, "a whole number");
}

std::vector<std::string> Table::list(size_t row, std::string_view column) const {
  return is_given(row, column) ? split(text(row, column), ',') : std::vector<std::string>();
}

}  // namespace trireme::catalog
