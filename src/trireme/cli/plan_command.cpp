#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/cli/command.h"
#include "trireme/cli/plan_report.h"
#include "trireme/cli/recipe_arguments.h"

namespace trireme::cli {

namespace {

struct PlanCommand {
  RecipeArguments recipe;
  int64_t world = 0;
  int64_t local_size = 0;
  std::string device;
  bool json = false;

  void declare(Arguments& arguments) {
    recipe.declare(arguments);
    arguments.option("--world", "N", &world, "ranks of the run").required = true;
    arguments.option("--local-size", "M", &local_size, "ranks of one node; 0: all of them");
    arguments.option("--device", "NAME", &device,
                     "GPU for the time floor, as facts/gpu_peaks.tsv or the driver names it");
    arguments.json(json);
  }

  ExitCode run() const {
    recipe::LoadedRecipe loaded = recipe.read();
    const plan::World ranks{.size = world, .local_size = local_size};
    recipe::add_findings(loaded, plan::find_problems(loaded.recipe, ranks));
    std::cerr << loaded.diagnostics.to_string();
    if (loaded.diagnostics.has_errors()) {
      throw ConfigError(format("{} can't run on {} ranks as it is", recipe.path, world));
    }
    const plan::Plan plan = plan::make_plan(loaded.recipe, ranks).plan.value();
    const TimeFloor floor = time_floor(plan, loaded.recipe.train.seq_len, device);
    if (json) {
      std::cout << plan_json(plan, loaded.recipe, floor).dump(2) << "\n";
    } else {
      std::cout << plan_text(plan, loaded.recipe, floor);
    }
    return ExitCode::kOk;
  }
};

const Registered<PlanCommand> registered{{
    .name = "plan",
    .summary = "print the resolved plan of a run: groups, batch, memory, communication and FLOPs",
    .example = "trireme plan recipes/demo.toml --world 2",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
