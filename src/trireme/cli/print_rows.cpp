#include "trireme/cli/print_rows.h"

#include <iomanip>
#include <iostream>
#include <sstream>

#include "trireme/core/format.h"

namespace trireme::cli {

std::string text_of(const Json& value) {
  if (value.is_null()) return "unknown";
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? format("{}", value.get<double>()) : value.dump();
}

void print_rows(const Json& rows, bool json) {
  if (json) {
    std::cout << rows.dump(2) << "\n";
    return;
  }
  if (rows.empty()) return;
  std::vector<size_t> widths;
  for (const auto& [key, first] : rows.front().items()) {
    size_t width = key.size();
    for (const Json& each : rows) width = std::max(width, text_of(each.at(key)).size());
    widths.push_back(width + 2);
  }
  for (size_t row = 0; row <= rows.size(); ++row) {
    std::ostringstream line;
    size_t column = 0;
    for (const auto& [key, value] : rows[row == 0 ? 0 : row - 1].items()) {
      line << std::left << std::setw(static_cast<int>(widths[column++])) << (row == 0 ? key : text_of(value));
    }
    const std::string padded = line.str();
    std::cout << padded.substr(0, padded.find_last_not_of(' ') + 1) << "\n";
  }
}

}  // namespace trireme::cli
