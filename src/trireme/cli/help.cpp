#include "trireme/cli/help.h"

#include <algorithm>
#include <cctype>

#include "trireme/cli/terminal.h"

namespace trireme::cli {

namespace {

const char* heading(CommandGroup group) {
  switch (group) {
    case CommandGroup::kTrain: return "Train";
    case CommandGroup::kData: return "Data and models";
    case CommandGroup::kInspect: return "Look at runs and machines";
    case CommandGroup::kCluster: return "Clusters";
    case CommandGroup::kMaintenance: return "Maintenance of trireme itself";
  }
  return "";
}

std::string padded(const std::string& text, size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string capitalized(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

/// A line for each command whose name starts with `words`, under the headings of their groups.
std::string rows_of_commands(const std::string& words) {
  size_t width = 0;
  for (const Command& command : command_table()) width = std::max(width, command.info.name.size() + 2);
  std::string text;
  const Command* last = nullptr;
  for (const Command& command : command_table()) {
    if (command.info.name.compare(0, words.size(), words) != 0) continue;
    if (last == nullptr || last->info.group != command.info.group) {
      text += "\n" + bold(heading(command.info.group)) + "\n";
    }
    text += format("  {}{}\n", padded(command.info.name, width), command.info.summary);
    last = &command;
  }
  return text;
}

}  // namespace

std::string list_of_commands(const std::string& prefix) {
  const std::string words = prefix.empty() ? "" : prefix + " ";
  return format(
      "usage: trireme {}COMMAND [ARGUMENTS]\n{}\n`trireme {}COMMAND --help` shows arguments and an example.\n", words,
      rows_of_commands(words), words);
}

std::string help_of(const Command& command) {
  const auto [name, summary, example, group] = command.info;
  Arguments arguments;
  const auto keeps_targets_alive = command.declare(arguments);
  std::string text = format("trireme {}: {}\n\nusage: trireme {} {}\n", name, summary, name, usage_of(arguments));
  if (!arguments.list().empty()) text += "\n" + bold("Arguments") + "\n" + config::help_of(arguments);
  text += format("\n{}\n  {}\n", bold("Example"), example);
  return text + rows_of_commands(name + " ");
}

std::string commands_markdown() {
  std::string page;
  const Command* last = nullptr;
  for (const Command& command : command_table()) {
    if (last == nullptr || last->info.group != command.info.group) {
      page += format("\n## {}\n", heading(command.info.group));
    }
    last = &command;
    Arguments arguments;
    const auto keeps_targets_alive = command.declare(arguments);
    page += format("\n### trireme {}\n\n{}.\n\n", command.info.name, capitalized(command.info.summary));
    page += format("```\ntrireme {} {}\n```\n\n", command.info.name, usage_of(arguments));
    if (!arguments.list().empty()) page += "| argument | meaning |\n|---|---|\n";
    for (const Argument& argument : arguments.list()) {
      page += format("| `{}` | {} |\n", form_of(argument), explanation_of(argument));
    }
    page += format("\nExample: `{}`\n", command.info.example);
  }
  return page;
}

}  // namespace trireme::cli
