#include "trireme/catalog/rule_table.h"

#include "trireme/catalog/facts_folder.h"
#include "trireme/core/error.h"

namespace trireme::catalog {

RuleTable::RuleTable(const std::string& name) : name_(name), table_(Table::read(facts_folder() / name)) {}

std::string RuleTable::text_or_nothing(size_t row, std::string_view column) const {
  const std::string& field = text(row, column);
  return field == "-" ? "" : field;
}

Condition RuleTable::condition(size_t row, std::string_view column) const {
  Result<Condition> condition = Condition::parse(text(row, column));
  if (!condition) fail(row, column, condition.error());
  return *condition;
}

void RuleTable::fail(size_t row, std::string_view column, const std::string& problem) const {
  throw FormatError(format("{}: rule {}, column {}, \"{}\": {}", name_, row + 1, column, text(row, column), problem));
}

}  // namespace trireme::catalog
