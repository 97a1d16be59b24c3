#include "trireme/cli/train_command.h"

#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/core/plain_name.h"

namespace trireme::cli {

void TrainCommand::declare(Arguments& arguments) {
  recipe.declare(arguments);
  arguments.option("--ranks", "N", &ranks, "processes to start on this host; 0: what the recipe's degrees need");
  arguments.flag("--resume", resume, "go on from the run's newest good checkpoint");
  arguments.option("--max-restarts", "N", &max_restarts, "start again after a failed rank, this often in all");
  arguments.option("--min-ranks", "N", &min_ranks,
                   "with --max-restarts: leave out a rank that fails first twice in a row without progress, while N "
                   "ranks are left; 0: never");
  arguments.option("--restart-delay", "SECONDS", &restart_delay,
                   "wait before a restart; doubles with each failure without progress, up to 60");
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
  recipe::Log& log = loaded.recipe.log;
  if (log.name.empty()) log.name = fs::path(given.path).stem().string();
  if (!is_plain_name(log.name))
    throw ConfigError(format("{}: its name gives no name to the run; set log.name", given.path));
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
