#include "trireme/bench/collectives_bench.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "trireme/core/clock.h"
#include "trireme/core/median.h"
#include "trireme/kernels/current_device.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::bench {

using nlohmann::ordered_json;

namespace {

constexpr double kFigureSeconds = 2e-3;
constexpr int64_t kSizeFactor = 4;

/// Seconds of the slowest rank for `runs` runs, after a barrier.
double time_batch(CollectiveCase& timed, int64_t runs, comm::Communicator& world, Device device) {
  world.barrier().wait();
  const Stopwatch watch;
  for (int64_t i = 0; i < runs; ++i) timed.run();
  kernels::synchronize(device);
  double seconds = watch.seconds();
  world.all_reduce({&seconds, 1, DType::kF64, {}}, comm::ReduceOp::kMax).wait();
  return seconds;
}

/// Runs that take a figure's time: found by trying, which also warms up. The same on every rank.
int64_t runs_of_a_figure(CollectiveCase& timed, comm::Communicator& world, Device device) {
  int64_t runs = 1;
  while (true) {
    const double seconds = time_batch(timed, runs, world, device);
    if (seconds >= kFigureSeconds) return runs;
    const auto needed = static_cast<int64_t>(std::ceil(1.1 * kFigureSeconds / seconds * static_cast<double>(runs)));
    runs = std::min(needed, 16 * runs);  // the first run may be slower than those to come, or luckier
  }
}

ordered_json time_one(CollectiveCase& timed, int rounds, comm::Communicator& world, Device device) {
  const int64_t runs = runs_of_a_figure(timed, world, device);
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round)
    seconds.push_back(time_batch(timed, runs, world, device) / static_cast<double>(runs));
  const auto [fastest, slowest] = std::minmax_element(seconds.begin(), seconds.end());
  const double middle = median(seconds);
  return {{"seconds_median", middle}, {"seconds_min", *fastest}, {"spread", (*slowest - *fastest) / middle}};
}

}  // namespace

ordered_json run(const CollectivesBench& bench, comm::Communicator& world, Device device) {
  const RankPattern pattern(world.size(), kernels::aten_device(device), kernels::scalar_type(bench.dtype));
  ordered_json rows = ordered_json::array();
  for (const Collective collective : bench.collectives) {
    for (const BufferKind kind : bench.buffers) {
      for (int64_t bytes = bench.min_bytes; bytes <= bench.max_bytes; bytes *= kSizeFactor) {
        CollectiveCase timed(world, device, collective, bench.dtype, bytes, kind);
        timed.check(pattern);
        const ordered_json times = time_one(timed, bench.rounds, world, device);
        const double speed = static_cast<double>(timed.bytes()) / times["seconds_median"].get<double>() / 1e9;
        rows.push_back({{"operation", name_of(collective)},
                        {"ranks", world.size()},
                        {"backend", world.backend()},
                        {"bytes", timed.bytes()},
                        {"dtype", trireme::name_of(bench.dtype)},
                        {"buffers", name_of(kind)},
                        {"seconds_median", times["seconds_median"]},
                        {"seconds_min", times["seconds_min"]},
                        {"algbw_gbs", speed},
                        {"busbw_gbs", speed * bus_factor(collective, world.size())},
                        {"spread", times["spread"]},
                        {"checked", true}});
      }
    }
  }
  return rows;
}

}  // namespace trireme::bench
