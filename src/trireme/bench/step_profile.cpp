#include "trireme/bench/step_profile.h"

#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "trireme/core/clock.h"
#include "trireme/kernels/linear.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::bench {

using nlohmann::ordered_json;

namespace {

/// Shortest processor time of some calls, the first of which warms up.
template <class F>
double best_seconds(const F& call) {
  constexpr int kCalls = 8;
  double best = 0.0;
  for (int i = 0; i < kCalls; ++i) {
    const double started = thread_cpu_seconds();
    call();
    const double seconds = thread_cpu_seconds() - started;
    if (i == 1 || (i > 1 && seconds < best)) best = seconds;
  }
  return best;
}

double milliseconds(double seconds, int64_t steps) {
  return std::round(1e5 * seconds / static_cast<double>(steps)) / 1e2;
}

}  // namespace

MachineFloor measure_floor(comm::Communicator& world, DType compute) {
  constexpr int64_t kSide = 1024, kElements = int64_t{1} << 25;
  const at::Tensor a = at::randn({kSide, kSide}).to(kernels::scalar_type(compute));
  const at::Tensor from = at::ones({kElements}), to = at::empty({kElements});
  world.barrier().wait();
  const double product = best_seconds([&] { kernels::linear(a, a); });
  const double copy = best_seconds([&] { at::Tensor(to).copy_(from); });
  return {.flops_per_second = 2.0 * std::pow(static_cast<double>(kSide), 3) / product,
          .bytes_per_second = 2.0 * static_cast<double>(from.nbytes()) / copy};
}

ordered_json profile_rows(const kernels::Profile& profile, int64_t steps, double cpu_seconds,
                          const MachineFloor& floor) {
  ordered_json rows = ordered_json::array();
  double told = 0.0;
  for (const kernels::Family family : kernels::kFamilies) {
    const auto& count = profile[family];
    const double least = count.work.flops / floor.flops_per_second + count.work.bytes / floor.bytes_per_second;
    rows.push_back({{"family", kernels::name_of(family)},
                    {"calls", count.calls / steps},
                    {"ms", milliseconds(count.seconds, steps)},
                    {"floor_ms", milliseconds(least, steps)}});
    told += count.seconds;
  }
  rows.push_back({{"family", "other"},
                  {"calls", nullptr},
                  {"ms", milliseconds(cpu_seconds - told, steps)},
                  {"floor_ms", nullptr}});
  return rows;
}

}  // namespace trireme::bench
