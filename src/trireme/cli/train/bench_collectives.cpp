#include "trireme/bench/collectives_bench.h"
#include "trireme/cli/bench_collectives_command.h"
#include "trireme/cli/print_rows.h"
#include "trireme/cli/size_argument.h"
#include "trireme/core/check.h"
#include "trireme/engine/rank.h"

namespace trireme::cli {

namespace {

bench::CollectivesBench bench_of(const BenchCollectivesCommand& command) {
  bench::CollectivesBench bench;
  for (const std::string& name : command.operation_names()) {
    const auto collective = bench::collective_from_name(name);
    TRIREME_CHECK(collective, "the benchmark has no {}", name);
    bench.collectives.push_back(*collective);
  }
  bench.dtype = *dtype_from_name(command.dtype);
  bench.min_bytes = parse_size("--min", command.min);
  bench.max_bytes = parse_size("--max", command.max);
  bench.rounds = static_cast<int>(command.rounds);
  if (command.buffers != "any") bench.buffers.push_back(bench::BufferKind::kAllocated);
  if (command.buffers != "allocated") bench.buffers.push_back(bench::BufferKind::kAny);
  return bench;
}

}  // namespace

ExitCode BenchCollectivesCommand::run() {
  check();
  return engine::run_as_rank(recipe(), [&](const engine::RankContext& rank) {
    if (rank.link != nullptr) rank.link->started();
    const Json rows = bench::run(bench_of(*this), rank.world, rank.device);
    if (rank.world.rank() == Rank(0)) print_rows(rows, json);
    return ExitCode::kOk;
  });
}

}  // namespace trireme::cli
