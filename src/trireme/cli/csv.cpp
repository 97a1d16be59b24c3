#include "trireme/cli/csv.h"

namespace trireme::cli {

namespace {

/// In quotes where a reader would split or strip it.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

}  // namespace

std::string csv_heading(const Json& row) {
  std::string line;
  for (const auto& [key, value] : row.items()) line += (line.empty() ? "" : ",") + csv_field(key);
  return line + "\n";
}

std::string csv_line(const Json& row) {
  std::string line;
  bool first = true;
  for (const auto& [key, value] : row.items()) {
    line += (first ? "" : ",") + csv_field(text_of(value));
    first = false;
  }
  return line + "\n";
}

}  // namespace trireme::cli
