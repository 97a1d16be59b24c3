#include "trireme/cli/train_command.h"

#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/supervise/run_folder.h"

namespace trireme::cli {

void TrainCommand::declare(Arguments& arguments) {
  recipe.declare(arguments);
  job.declare(arguments);
  arguments.option("--trace", "FILE", &trace, "write a Chrome trace of spans, as log.trace does");
}

recipe::LoadedRecipe TrainCommand::load() const {
  RecipeArguments given = recipe;
  if (!trace.empty()) given.overrides.push_back(format("log.trace={}", trace));
  recipe::LoadedRecipe loaded = given.load();
  recipe::check_files(loaded);
  if (loaded.diagnostics.has_errors()) {
    std::cerr << loaded.diagnostics.to_string();
    throw ConfigError(format("{} can't be used as it is", given.path));
  }
  supervise::name_run(loaded.recipe, given.path);
  return loaded;
}

namespace {

const Registered<TrainCommand> registered{{
    .name = "train",
    .summary = "train the model that a recipe describes, or go on with a run",
    .example = "trireme train recipes/demo.toml --ranks 2 --set train.steps=200",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
