// The only file that includes CLI11, which takes 5 s to compile.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "trireme/config/arguments.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/error.h"

namespace trireme::config {

namespace {

using Words = std::vector<std::string>;

/// What CLI11 found for one argument, before it is converted.
struct Found {
  Words words;
  bool flag = false;
};

template <class T>
T number(const Argument& argument, const std::string& word, const char* kind) {
  T value{};
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (problem != std::errc() || end != word.data() + word.size()) {
    throw UsageError(format("{}: expected {}, got \"{}\"", argument.name, kind, word));
  }
  return value;
}

void check_choice(const Argument& argument, const std::string& word) {
  const Words& choices = argument.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), word) != choices.end()) return;
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
  const std::string near = nearest_name(word, choices);
  throw UsageError(format("{}: must be one of {}, got \"{}\"", argument.name, list, word) +
                   (near.empty() ? "" : format("; did you mean \"{}\"?", near)));
}

void assign(const Argument& argument, const Found& found) {
  if (found.flag) *std::get<bool*>(argument.target) = true;
  if (found.words.empty()) return;
  for (const std::string& word : found.words) check_choice(argument, word);
  if (found.words.size() > 1 && !std::holds_alternative<Words*>(argument.target)) {
    throw UsageError(format("{}: given {} times; keep one", argument.name, found.words.size()));
  }
  const std::string& last = found.words.back();
  struct Assigner {
    const Argument& argument;
    const Found& found;
    const std::string& last;
    void operator()(bool*) const {}
    void operator()(int64_t* target) const { *target = number<int64_t>(argument, last, "an integer"); }
    void operator()(double* target) const { *target = number<double>(argument, last, "a number"); }
    void operator()(std::string* target) const { *target = last; }
    void operator()(Words* target) const { *target = found.words; }
  };
  std::visit(Assigner{argument, found, last}, argument.target);
}

void declare(CLI::App& app, const Argument& argument, Found& found) {
  if (std::holds_alternative<bool*>(argument.target)) {
    app.add_flag(argument.name, found.flag);
    return;
  }
  const bool list = std::holds_alternative<Words*>(argument.target);
  CLI::Option* option = nullptr;
  if (argument.positional() && !list) {
    // A vector would swallow surplus words, and CLI11 would then miscount them.
    option = app.add_option_function<std::string>(argument.name,
                                                  [&found](const std::string& word) { found.words = {word}; });
  } else {
    option = app.add_option(argument.name, found.words);
  }
  if (argument.required) option->required();
  if (argument.positional()) return;
  // With extra values allowed, as CLI11 does for a vector, it would read "[SEP]" as a list of one.
  option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// "--output" for "--output=x".
std::string option_name(const std::string& word) { return word.substr(0, word.find('=')); }

[[noreturn]] void refuse_unknown(const Arguments& arguments, const std::string& command, const std::string& word) {
  const std::string help = format("see: {} --help", command);
  if (word.empty() || word[0] != '-') throw UsageError(format("unexpected argument \"{}\"; {}", word, help));
  Words names = {"--help"};
  for (const Argument& argument : arguments.list()) {
    if (!argument.positional()) names.push_back(argument.name);
  }
  const std::string near = nearest_name(option_name(word), names);
  throw UsageError(format("unknown option {}; ", option_name(word)) +
                   (near.empty() ? help : format("did you mean {}?", near)));
}

}  // namespace

void parse_arguments(const Arguments& arguments, const std::string& command, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<Found> found(arguments.list().size());
  for (size_t i = 0; i < found.size(); ++i) declare(app, arguments.list()[i], found[i]);
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them last first
  } catch (const CLI::ParseError& problem) {
    const Words extras = app.remaining();
    if (!extras.empty() && extras[0].size() > 1 && extras[0][0] == '-') refuse_unknown(arguments, command, extras[0]);
    throw UsageError(format("{}; see: {} --help", problem.what(), command));
  }
  Words extras = app.remaining();
  std::erase(extras, "--");  // what follows it is positional, also with a dash in front
  if (!extras.empty()) refuse_unknown(arguments, command, extras[0]);
  for (size_t i = 0; i < found.size(); ++i) assign(arguments.list()[i], found[i]);
}

}  // namespace trireme::config
