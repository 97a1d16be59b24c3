#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/arch/architecture.h"
#include "trireme/cli/check_cluster.h"
#include "trireme/cli/cluster_arguments.h"
#include "trireme/cli/command.h"
#include "trireme/cli/recipe_arguments.h"
#include "trireme/plan/plan.h"
#include "trireme/plan/resolve_model.h"

namespace trireme::cli {

namespace {

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo: return "info";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

nlohmann::ordered_json to_json(const Diagnostics& diagnostics) {
  auto findings = nlohmann::ordered_json::array();
  for (const Diagnostic& item : diagnostics.items()) {
    findings.push_back({{"severity", name_of(item.severity)},
                        {"file", item.where.file},
                        {"line", item.where.line},
                        {"column", item.where.column},
                        {"key", item.key},
                        {"message", item.message},
                        {"hint", item.hint}});
  }
  return {{"ok", !diagnostics.has_errors()}, {"findings", findings}};
}

std::string summary(const recipe::Recipe& recipe) {
  const recipe::Train& train = recipe.train;
  const int64_t parameters = arch::describe(recipe.model.config, recipe.lora).num_parameters();
  return format("{} parameters, {} steps of {} x {} tokens", format_count(static_cast<double>(parameters)), train.steps,
                train.global_batch_size, train.seq_len);
}

/// The ranks that the recipe's degrees ask for; 0 when dp_shard takes what is left of a world not known here.
int64_t ranks_of(const recipe::Parallel& parallel) {
  if (parallel.dp_shard < 1) return 0;
  return parallel.pp * parallel.dp_replicate * parallel.dp_shard * parallel.cp * parallel.tp;
}

struct Check {
  RecipeArguments recipe;
  int64_t world = 0;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.positional("FILE", &recipe.path, "recipe, or cluster description");
    arguments.option("--set", "KEY=VALUE", &recipe.overrides, "override an option, for example train.steps=200");
    arguments.option("--world", "N", &world,
                     "check a recipe for this many ranks; 0: as many as the recipe's degrees ask for");
    arguments.json(json);
  }

  ExitCode run() const {
    if (!cloud::is_cluster_file(recipe.path)) return run_recipe();
    if (world > 0) throw UsageError(format("--world is for recipes, and {} describes a cluster", recipe.path));
    cloud::LoadedCluster loaded = ClusterArguments{recipe.path, recipe.overrides}.read();
    check_cluster(loaded);
    return report(loaded.diagnostics, [&] { return cluster_summary(loaded.cluster); });
  }

 private:
  ExitCode run_recipe() const {
    recipe::LoadedRecipe loaded = recipe.read();
    recipe::check_files(loaded);
    const int64_t ranks = world > 0 ? world : ranks_of(loaded.recipe.parallel);
    if (ranks > 0) recipe::add_findings(loaded, plan::find_problems(loaded.recipe, {.size = ranks}));
    plan::resolve_model(loaded);
    return report(loaded.diagnostics, [&] { return summary(loaded.recipe); });
  }

  /// `ok_text` says what the file asks for, once nothing is wrong with it.
  template <class OkText>
  ExitCode report(const Diagnostics& found, const OkText& ok_text) const {
    if (json) {
      std::cout << to_json(found).dump(2) << "\n";
    } else {
      std::cout << found.to_string();
      if (!found.has_errors()) std::cout << format("{}: ok, {}\n", recipe.path, ok_text());
    }
    return found.has_errors() ? ExitCode::kFailed : ExitCode::kOk;
  }
};

const Registered<Check> registered{{
    .name = "check",
    .summary = "print every problem of a recipe or cluster description at once",
    .example = "trireme check recipes/demo.toml --set train.steps=200",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
