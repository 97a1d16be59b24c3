#include <algorithm>

#include "trireme/config/arguments.h"
#include "trireme/core/format.h"

namespace trireme::config {

namespace {

bool is_list(const Argument& argument) { return std::holds_alternative<std::vector<std::string>*>(argument.target); }

/// The value the target holds before parsing, when it says something.
std::string default_of(const Argument& argument) {
  struct Reader {
    std::string operator()(const bool*) const { return {}; }
    std::string operator()(const int64_t* x) const { return *x == 0 ? "" : format("{}", *x); }
    std::string operator()(const double* x) const { return *x == 0 ? "" : format("{}", *x); }
    std::string operator()(const std::string* x) const { return *x; }
    std::string operator()(const std::vector<std::string>*) const { return {}; }
  };
  return std::visit(Reader(), argument.target);
}

}  // namespace

std::string form_of(const Argument& argument) {
  return argument.value_name.empty() ? argument.name : argument.name + " " + argument.value_name;
}

std::string explanation_of(const Argument& argument) {
  std::string text = argument.help;
  std::string choices;
  for (const std::string& choice : argument.choices) choices += (choices.empty() ? "" : ", ") + choice;
  if (!choices.empty()) text += format(" ({})", choices);
  if (argument.required && !argument.positional()) text += " (required)";
  const std::string value = default_of(argument);
  if (!value.empty()) text += format(" [default: {}]", value);
  return text;
}

std::string usage_of(const Arguments& arguments) {
  std::string text;
  for (const Argument& argument : arguments.list()) {
    const std::string more = is_list(argument) ? "…" : "";
    const std::string form = form_of(argument);
    text += argument.required ? format(" {}{}", form, more) : format(" [{}]{}", form, more);
  }
  return text.empty() ? text : text.substr(1);
}

std::string help_of(const Arguments& arguments) {
  size_t width = 0;
  for (const Argument& argument : arguments.list()) width = std::max(width, form_of(argument).size() + 2);
  std::string text;
  for (const Argument& argument : arguments.list()) {
    const std::string form = form_of(argument);
    text += format("  {}{}{}\n", form, std::string(width - form.size(), ' '), explanation_of(argument));
  }
  return text;
}

}  // namespace trireme::config
