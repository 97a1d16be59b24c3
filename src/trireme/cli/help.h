#pragma once

#include <string>

#include "trireme/cli/command.h"

namespace trireme::cli {

/// `trireme --help`; with a prefix such as "data", only the commands below it.
std::string list_of_commands(const std::string& prefix);
/// `trireme check --help`.
std::string help_of(const Command& command);
/// docs/reference/commands.md.
std::string commands_markdown();

}  // namespace trireme::cli
