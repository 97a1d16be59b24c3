#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/cli/help.h"
#include "trireme/core/file.h"
#include "trireme/recipe/describe.h"

namespace trireme::cli {

namespace {

constexpr std::string_view kOrigin =
    "<!-- written by `trireme reference --to docs/reference`; edit the declarations instead -->\n\n";

std::string recipe_page() {
  recipe::Recipe recipe;
  return "# Recipe\n\n" + std::string(kOrigin) +
         "A recipe is one training run as TOML. `--set section.key=value` overrides any key of it on the "
         "command "
         "line; later ones win. What a recipe does not say takes the default below. `trireme check` prints "
         "every "
         "problem at once.\n\n" +
         recipe::describe(recipe).reference_markdown();
}

std::string commands_page() {
  return "# Commands\n\n" + std::string(kOrigin) +
         "Exit status: 0 ok, 1 failed or a finding, 2 wrong usage, 3 environment, 70 a bug of trireme, 75 "
         "stopped by "
         "a signal after saving.\n" +
         commands_markdown();
}

struct Reference {
  std::string folder;

  void declare(Arguments& arguments) {
    arguments.option("--to", "DIR", &folder, "folder to write recipe.md and commands.md into").required = true;
  }

  ExitCode run() const {
    make_folders(folder);
    write_file_atomic(fs::path(folder) / "recipe.md", recipe_page());
    write_file_atomic(fs::path(folder) / "commands.md", commands_page());
    std::cout << format("wrote {}/recipe.md and {}/commands.md\n", folder, folder);
    return ExitCode::kOk;
  }
};

const Registered<Reference> registered{{
    .name = "reference",
    .summary = "write the reference pages from the declarations of options and commands",
    .example = "trireme reference --to docs/reference",
    .group = CommandGroup::kMaintenance,
}};

}  // namespace

}  // namespace trireme::cli
