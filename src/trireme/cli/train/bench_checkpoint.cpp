#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/bench/checkpoint_bench.h"
#include "trireme/cli/bench_checkpoint_command.h"

namespace trireme::cli {

ExitCode BenchCheckpointCommand::run() {
  for (const auto& [name, value] : {std::pair{"--size", mib}, {"--ranks", ranks}, {"--rounds", rounds}})
    if (value < 1) throw UsageError(format("{} must be at least 1, got {}", name, value));
  const nlohmann::ordered_json result = bench::run(
      {.folder = folder, .bytes = mib << 20, .ranks = static_cast<int>(ranks), .rounds = static_cast<int>(rounds)});
  if (json) {
    std::cout << result.dump() << "\n";
    return ExitCode::kOk;
  }
  for (const auto& [key, value] : result.items()) std::cout << format("{}: {}\n", key, value.dump());
  return ExitCode::kOk;
}

}  // namespace trireme::cli
