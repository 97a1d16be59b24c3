#include "trireme/config/access.h"

#include <algorithm>

namespace trireme::config {

const Value* find(const Table& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Member& member) { return member.key == key; });
  return found == table.end() ? nullptr : &found->value;
}

const Table* as_table(const Value* value) { return value == nullptr ? nullptr : std::get_if<Table>(&value->data); }

const Array* as_array(const Value* value) { return value == nullptr ? nullptr : std::get_if<Array>(&value->data); }

const std::string* as_text(const Value* value) {
  if (value == nullptr) return nullptr;
  const auto* text = std::get_if<std::string>(&value->data);
  if (text != nullptr) return text;
  return value->unquoted.empty() ? nullptr : &value->unquoted;
}

}  // namespace trireme::config
