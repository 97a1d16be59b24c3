#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/bench/step_bench.h"
#include "trireme/cli/bench_step_command.h"
#include "trireme/cli/print_rows.h"
#include "trireme/engine/rank.h"

namespace trireme::cli {

namespace {

void print_table(const nlohmann::ordered_json& result) {
  for (const auto& [key, value] : result.items()) {
    if (key != "profile") std::cout << format("{}: {}\n", key, value.dump());
  }
  if (result.contains("profile")) print_rows(result["profile"], /*json=*/false);
}

ExitCode bench_step(const recipe::Recipe& recipe, const BenchStepCommand& command, const engine::RankContext& rank) {
  if (rank.link != nullptr) rank.link->started();
  if (command.profile && rank.device.kind == DeviceKind::kCuda) {
    throw UsageError("--profile tells processor time; on a GPU trace the run: --set log.trace=FILE");
  }
  const mesh::Mesh mesh(rank.world, engine::mesh_degrees(recipe, rank.world.size()));
  const auto tracer = engine::open_tracer(recipe, rank.world);
  bench::StepBench run(recipe, mesh, rank.device, command.weights, tracer.get());
  try {
    nlohmann::ordered_json result = {{"mode", command.mode}, {"dtype", command.dtype}, {"world", rank.world.size()}};
    result.update(run.run(command.profile));
    if (rank.world.rank() != Rank(0)) return ExitCode::kOk;
    command.json ? void(std::cout << result.dump() << std::endl) : print_table(result);
    return ExitCode::kOk;
  } catch (const std::exception& error) {
    rank.world.abort(error.what());
    throw;
  }
}

}  // namespace

ExitCode BenchStepCommand::run() {
  const recipe::LoadedRecipe loaded = load();
  return engine::run_as_rank(loaded.recipe,
                             [&](const engine::RankContext& rank) { return bench_step(loaded.recipe, *this, rank); });
}

}  // namespace trireme::cli
