#include "trireme/cli/train_command.h"
#include "trireme/engine/setup.h"
#include "trireme/engine/train_rank.h"

namespace trireme::cli {

namespace {

plan::Plan plan_for(const recipe::Recipe& recipe, int world) {
  plan::Outcome outcome = plan::make_plan(recipe, {.size = world});
  if (!outcome.plan) throw ConfigError(outcome.problems.to_string());
  return *std::move(outcome.plan);
}

}  // namespace

ExitCode TrainCommand::run() {
  const recipe::LoadedRecipe loaded = load();
  return engine::train_as_rank(
      {.recipe = loaded.recipe, .resume = job.resume, .make_task = [&](const mesh::Mesh& mesh, Device device) {
         const plan::Plan plan = plan_for(loaded.recipe, mesh.world().size());
         return engine::recipe_task(loaded.recipe, plan, mesh, device);
       }});
}

}  // namespace trireme::cli
