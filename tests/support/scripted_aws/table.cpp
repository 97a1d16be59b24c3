#include "table.h"

#include <sstream>

#include "trireme/core/file.h"

namespace scripted_aws {

std::vector<std::vector<std::string>> read_table(const std::string& file) {
  std::istringstream lines(trireme::read_file(std::filesystem::path(SCRIPTED_AWS_TABLES) / file));
  std::vector<std::vector<std::string>> rows;
  bool named = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::vector<std::string> row;
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field == "-" ? "" : field);
    if (named) rows.push_back(std::move(row));
    named = true;
  }
  return rows;
}

}  // namespace scripted_aws
