#include "trireme/cloud/lower/placeholders.h"

#include "trireme/cloud/lower/entry.h"
#include "trireme/config/access.h"

namespace trireme::cloud {

bool is_placeholder(const std::string& text) {
  // A script has variables of its own.
  if (text.find('\n') != std::string::npos) return false;
  if (text.find("${") != std::string::npos || text.find("PLACEHOLDER") != std::string::npos) return true;
  if (text.find("-xxxx") != std::string::npos) return true;
  return text.size() > 2 && text.front() == '<' && text.back() == '>';
}

config::Value without_placeholders(const config::Value& value, Model& model) {
  if (const auto* table = std::get_if<config::Table>(&value.data)) {
    config::Table filled;
    for (const config::Member& member : *table) {
      filled.push_back({member.key, member.where, without_placeholders(member.value, model)});
    }
    return {std::move(filled), value.where, {}};
  }
  if (const auto* array = std::get_if<config::Array>(&value.data)) {
    config::Array filled;
    for (const config::Value& item : *array) filled.push_back(without_placeholders(item, model));
    return {std::move(filled), value.where, {}};
  }
  const std::string* text = config::as_text(&value);
  if (text == nullptr || !is_placeholder(*text)) return value;
  model.placeholders.push_back({*text, value.where, false});
  return unknown_value(value.where);
}

}  // namespace trireme::cloud
