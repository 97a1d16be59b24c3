#include "trireme/cli/command.h"

#include <algorithm>
#include <iostream>
#include <tuple>

#include "trireme/cli/help.h"
#include "trireme/cli/terminal.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/exit_status.h"

namespace trireme::cli {

namespace {

using Words = std::vector<std::string>;

std::vector<Command>& table() {
  static std::vector<Command> commands;
  return commands;
}

std::string join(const Words& words, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + words[i];
  return text;
}

bool is_prefix_of_commands(const std::string& words) {
  const auto& commands = command_table();
  return std::any_of(commands.begin(), commands.end(),
                     [&](const Command& command) { return command.info.name.rfind(words + " ", 0) == 0; });
}

bool is_command(const std::string& words) {
  const auto& commands = command_table();
  return std::any_of(commands.begin(), commands.end(),
                     [&](const Command& command) { return command.info.name == words; });
}

/// The command that the longest run of leading words names, and how many words that is.
std::pair<const Command*, size_t> find_command(const Words& words) {
  for (size_t count = std::min<size_t>(words.size(), 3); count > 0; --count) {
    const std::string name = join(words, count);
    for (const Command& command : command_table()) {
      if (command.info.name == name) return {&command, count};
    }
  }
  return {nullptr, 0};
}

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h"; }

[[noreturn]] void refuse_command(const Words& words) {
  Words names;
  for (const Command& command : command_table()) names.push_back(command.info.name);
  const bool group = is_prefix_of_commands(words[0]);
  if (group && words.size() == 1)
    throw UsageError(format("`trireme {}` needs a command: trireme {} --help", words[0], words[0]));
  const std::string given = join(words, group ? 2 : 1);
  std::string near = nearest_name(given, names);
  if (near.empty() && words.size() > 1) near = nearest_name(join(words, 2), names);
  throw UsageError(format("unknown command \"{}\"; ", given) +
                   (near.empty() ? "see: trireme --help" : format("did you mean \"trireme {}\"?", near)));
}

/// Before any command: `trireme`, --help, --version, `help COMMAND`, `data --help`. Nothing when it is none
/// of them.
bool run_without_command(Words& words) {
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  if (words.empty() || asks_for_help(words[0])) {
    std::cout << list_of_commands("");
    return true;
  }
  if (words[0] == "--version") {
    std::cout << "trireme " << TRIREME_VERSION << "\n";
    return true;
  }
  if (words.size() == 2 && asks_for_help(words[1]) && is_prefix_of_commands(words[0]) && !is_command(words[0])) {
    std::cout << list_of_commands(words[0]);
    return true;
  }
  return false;
}

ExitCode run(Words words) {
  if (run_without_command(words)) return ExitCode::kOk;
  const auto [command, count] = find_command(words);
  if (command == nullptr) refuse_command(words);
  const Words rest(words.begin() + static_cast<std::ptrdiff_t>(count), words.end());
  if (std::any_of(rest.begin(), std::find(rest.begin(), rest.end(), "--"), asks_for_help)) {
    std::cout << help_of(*command);
    return ExitCode::kOk;
  }
  Arguments arguments;
  const std::function<ExitCode()> action = command->declare(arguments);
  config::parse_arguments(arguments, "trireme " + command->info.name, rest);
  return action();
}

}  // namespace

const std::vector<Command>& command_table() {
  static const std::vector<Command> sorted = [] {
    std::vector<Command> commands = table();
    std::sort(commands.begin(), commands.end(), [](const Command& a, const Command& b) {
      return std::tie(a.info.group, a.info.name) < std::tie(b.info.group, b.info.name);
    });
    return commands;
  }();
  return sorted;
}

void register_command(Command command) { table().push_back(std::move(command)); }

int run_command_line(int argc, char** argv) {
  const std::string label = errors_have_colour() ? "\x1b[31merror:\x1b[0m" : "error:";
  return exit_status_of("trireme", label, [&] { return run(Words(argv + 1, argv + argc)); });
}

}  // namespace trireme::cli
