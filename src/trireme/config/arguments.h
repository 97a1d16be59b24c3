#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace trireme::config {

/// Where an argument's value goes. A list takes every occurrence, in order.
using ArgumentTarget = std::variant<bool*, int64_t*, double*, std::string*, std::vector<std::string>*>;

struct Argument {
  std::string name;  // "RECIPE" for a positional one, "--set" for an option
  ArgumentTarget target;
  std::string help;
  std::string value_name;  // "N" in "--ranks N"; empty for a flag and a positional one
  bool required = false;
  std::vector<std::string> choices;  // empty: any value

  bool positional() const { return name.empty() || name[0] != '-'; }
};

/// The command-line arguments of one command. Help, parsing and the reference page all read this list.
class Arguments {
 public:
  /// RECIPE: must be given. A list takes one or more.
  void positional(std::string name, ArgumentTarget target, std::string help);
  /// [PATH]: may be left out.
  void optional_positional(std::string name, ArgumentTarget target, std::string help);
  /// --name VALUE or --name=VALUE; the target's present value is the default. Returns the entry, to set
  /// `required` or `choices`; the reference holds until the next call.
  Argument& option(std::string name, std::string value_name, ArgumentTarget target, std::string help);
  /// --name sets the target.
  void flag(std::string name, bool& target, std::string help);
  /// --json: machine-readable output. Every command that prints a table has it.
  void json(bool& target) { flag("--json", target, "print JSON instead of text"); }

  const std::vector<Argument>& list() const { return list_; }

 private:
  std::vector<Argument> list_;
};

/// Fills the targets from the words after the command's name, as a user types it: "trireme train". Throws UsageError
/// naming the word, with a suggestion.
void parse_arguments(const Arguments& arguments, const std::string& command, const std::vector<std::string>& words);

/// "--set KEY=VALUE", "RECIPE".
std::string form_of(const Argument& argument);
/// What the argument does, its choices and its default.
std::string explanation_of(const Argument& argument);
/// "RECIPE [--set KEY=VALUE]… [--json]".
std::string usage_of(const Arguments& arguments);
/// A line for each argument: form, padded, and explanation.
std::string help_of(const Arguments& arguments);

}  // namespace trireme::config
