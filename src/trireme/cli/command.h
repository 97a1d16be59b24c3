#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/cli/arguments.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// Headings of `trireme --help`, in this order.
enum class CommandGroup { kTrain, kData, kInspect, kCluster, kMaintenance };

/// What help and docs/reference/commands.md say about a command.
struct CommandInfo {
  std::string name;     // the words after `trireme`: "check", "data prepare"
  std::string summary;  // one line, no full stop
  std::string example;  // a whole command line that works
  CommandGroup group = CommandGroup::kTrain;
};

/// A row of the table of commands. `declare` binds the arguments to fresh variables and returns what runs
/// once they are filled.
struct Command {
  CommandInfo info;
  std::function<std::function<ExitCode()>(Arguments&)> declare;
};

/// All commands, by group and name.
const std::vector<Command>& command_table();
void register_command(Command command);

/// Puts a command into the table. `T` holds the values of the arguments as members, and has
///   void declare(Arguments& arguments);   // binds them
///   ExitCode run();                       // does the work
/// A command file needs no header and no list to edit:
///   namespace { struct Check { … }; const Registered<Check> registered{{.name = "check", …}}; }
/// A command that needs PyTorch lives in two files: cli/<name>_command.{h,cpp} with struct and declare(), in
/// both executables; and cli/train/<name>.cpp with run(), in trireme-train. Its run() in
/// cli/base/no_torch.cpp hands the whole command line to trireme-train.
template <class T>
struct Registered {
  explicit Registered(CommandInfo info) {
    register_command({std::move(info), [](Arguments& arguments) -> std::function<ExitCode()> {
                        auto command = std::make_shared<T>();
                        command->declare(arguments);
                        return [command] { return command->run(); };
                      }});
  }
};

/// Body of both `main`s: finds the command, parses, runs, and turns exceptions into one line on standard
/// error and an exit status. Never throws.
int run_command_line(int argc, char** argv);

}  // namespace trireme::cli
