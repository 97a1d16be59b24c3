#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trireme::cloud {

/// A word of a shell command, without its quotes.
struct ShellWord {
  std::string text;
  bool expands = false;      // holds $ or ` that the shell replaces
  bool quoted = false;       // some of it stood in quotes
  int line = 0, column = 0;  // from 1
};

using ShellCommand = std::vector<ShellWord>;

/// Splits a script into its commands. Lines joined by a backslash are one; ; & | ( ) and the end of a line end a
/// command. A quote that its line does not close is dropped, so that the lines of a quoted script are read as commands
/// and a stray apostrophe costs one line at most.
std::vector<ShellCommand> split_shell_commands(std::string_view text);

}  // namespace trireme::cloud
