#include "trireme/program/program.h"

#include <ATen/ATen.h>
#include <sys/stat.h>

#include <algorithm>
#include <iostream>

#include "trireme/config/arguments.h"
#include "trireme/core/exit_status.h"
#include "trireme/core/process.h"
#include "trireme/engine/setup.h"
#include "trireme/engine/train_rank.h"
#include "trireme/layer/user_code.h"
#include "trireme/plan/plan.h"
#include "trireme/program/own_recipe.h"
#include "trireme/program/own_task.h"
#include "trireme/supervise/training_job.h"

namespace trireme::program {

namespace {

using Words = std::vector<std::string>;

/// What the command line says.
struct CommandLine {
  std::string recipe;
  Words arguments;  // the program's own
  Words overrides;
  supervise::JobArguments job;

  void declare(config::Arguments& declared) {
    declared.positional("RECIPE", &recipe, "TOML file that describes the run, without [model] and [data]");
    declared.optional_positional("ARGUMENT", &arguments, "argument of the program itself");
    declared.option("--set", "KEY=VALUE", &overrides, "override an option, for example train.steps=200");
    job.declare(declared);
  }
};

recipe::LoadedRecipe load(const CommandLine& given) {
  recipe::LoadedRecipe loaded = load_own_recipe(given.recipe, given.overrides);
  std::cerr << loaded.diagnostics.to_string();
  if (loaded.diagnostics.has_errors()) throw ConfigError(format("{} can't be used as it is", given.recipe));
  supervise::name_run(loaded.recipe, given.recipe);
  return loaded;
}

ExitCode supervise_ranks(const CommandLine& given, const recipe::LoadedRecipe& loaded, const std::string& name) {
  const int64_t ranks = supervise::check_job(given.job, loaded.recipe);
  const Diagnostics problems = plan::find_problems(loaded.recipe, {.size = ranks});
  if (problems.has_errors())
    throw ConfigError(format("{} can't run on {} ranks\n{}", given.recipe, ranks, problems.to_string()));
  Words arguments = given.arguments;
  if (!arguments.empty()) arguments.insert(arguments.begin(), "--");
  return supervise::run_job({.recipe = loaded.recipe,
                             .config = own_config(),
                             .asked = given.job,
                             .ranks = ranks,
                             .executable = this_executable(),
                             .last_arguments = arguments,
                             .title = "the modules of " + name,
                             .command = name});
}

ExitCode train(const CommandLine& given, const recipe::LoadedRecipe& loaded, const MakeProgram& make) {
  std::function<void(Trained&)> on_finished;
  return engine::train_as_rank(
      {.recipe = loaded.recipe,
       .resume = given.job.resume,
       .config = own_config(),
       .make_task =
           [&](const mesh::Mesh& mesh, Device device) {
             at::manual_seed(loaded.recipe.train.seed);
             Program program =
                 layer::run_user_code("making the program's modules and data", [&] { return make(given.arguments); });
             // From here on it draws masks of dropout: other samples, other draws.
             at::manual_seed(loaded.recipe.train.seed + 1 + static_cast<uint64_t>(mesh.index(mesh::Axis::kBatch)));
             on_finished = program.on_finished;
             return own_task(std::move(program), loaded.recipe, mesh, device);
           },
       .on_finished =
           [&](engine::Trainer& trainer, const mesh::Mesh& mesh, Device device) {
             Trained trained(trainer, mesh, engine::shard_options(loaded.recipe, device));
             if (on_finished) layer::run_user_code("on_finished", [&] { on_finished(trained); });
           }});
}

}  // namespace

int run(int argc, char** argv, const MakeProgram& make) {
  ::umask(022);  // as `trireme` itself
  const std::string name = argv[0];
  return exit_status_of(fs::path(name).filename().string(), "error:", [&] {
    CommandLine given;
    config::Arguments declared;
    given.declare(declared);
    const Words words(argv + 1, argv + argc);
    const auto options_end = std::find(words.begin(), words.end(), "--");
    if (std::find(words.begin(), options_end, "--help") != options_end) {
      std::cout << format("usage: {} {}\n\n{}", name, config::usage_of(declared), config::help_of(declared));
      return ExitCode::kOk;
    }
    config::parse_arguments(declared, name, words);
    const recipe::LoadedRecipe loaded = load(given);
    const bool by_hand = supervise::read_rank_env().launcher == supervise::Launcher::kSingle;
    return by_hand ? supervise_ranks(given, loaded, name) : train(given, loaded, make);
  });
}

}  // namespace trireme::program
