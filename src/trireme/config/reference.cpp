#include "trireme/config/option_set.h"
#include "trireme/core/format.h"

namespace trireme::config {

namespace {

/// "|" ends a cell in Markdown.
std::string cell(const std::string& text) {
  std::string safe;
  for (const char letter : text) safe += letter == '|' ? std::string("\\|") : std::string(1, letter);
  return safe;
}

std::string range_cell(const Option& option) {
  std::string text = option.range_text();
  if (!option.unit().empty()) text += format("{}({})", text.empty() ? "" : " ", option.unit());
  if (!option.condition().empty()) text += (text.empty() ? "only with " : "; only with ") + option.condition();
  return cell(text);
}

std::string fixed_text(const std::variant<bool, double, std::string>& only) {
  if (const auto* flag = std::get_if<bool>(&only)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&only)) return format("{}", *number);
  return quote(std::get<std::string>(only));
}

}  // namespace

std::string OptionSet::reference_markdown() const {
  std::string page;
  for (const Section& section : sections_) {
    std::string rows;
    for (const Option& option : options_) {
      if (option.section() != section.name) continue;
      rows += format("| `{}` | {} | `{}` | {} | {} |\n", option.key(), option.type_name(), cell(option.value_text()),
                     range_cell(option), cell(option.help()));
    }
    for (const FixedKey& fixed : fixed_) {
      if (fixed.section != section.name) continue;
      rows += format("| `{}` | | | only `{}` | {} |\n", fixed.key, fixed_text(fixed.only), cell(fixed.reason));
    }
    if (rows.empty()) continue;
    if (!section.name.empty()) page += format("\n## [{}]\n\n{}\n\n", section.name, section.help);
    page += "| key | type | default | valid values | meaning |\n|---|---|---|---|---|\n" + rows;
  }
  return page;
}

}  // namespace trireme::config
