#include "trireme/bench/step_bench.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "trireme/bench/peer_weights.h"
#include "trireme/bench/process_figures.h"
#include "trireme/bench/step_profile.h"
#include "trireme/comm/host_values.h"
#include "trireme/core/clock.h"
#include "trireme/core/median.h"
#include "trireme/engine/devices.h"
#include "trireme/engine/setup.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::bench {

using mesh::Axis;
using nlohmann::ordered_json;

namespace {

/// Of some steps, the first that is not left out as warm-up.
int64_t first_kept(int64_t steps) { return std::min<int64_t>(2, steps - 1); }

std::vector<double> kept(const std::vector<double>& by_step) {
  return {by_step.begin() + first_kept(static_cast<int64_t>(by_step.size())), by_step.end()};
}
double median_of_kept(const std::vector<double>& by_step) { return median(kept(by_step)); }

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

}  // namespace

StepBench::StepBench(const recipe::Recipe& recipe, const mesh::Mesh& mesh, Device device, const std::string& weights,
                     telemetry::Tracer* tracer)
    : recipe_(recipe),
      mesh_(mesh),
      device_(device),
      weights_(weights),
      batches_(recipe, mesh.index(Axis::kBatch), kernels::aten_device(device)),
      trainer_(recipe, engine::named_layers(recipe, arch::describe(recipe.model.config, recipe.lora), device),
               engine::shard_options(recipe, device),
               {mesh.group(Axis::kDpShard), mesh.group(Axis::kDpReplicate), mesh.group(Axis::kBatch)}, tracer) {}

ordered_json StepBench::run(bool profiled) {
  if (weights_.empty()) {
    trainer_.initialize(recipe_.train.seed);
  } else {
    trainer_.fill_parameters(fill_from(std::make_shared<formats::SafetensorsFile>(weights_)));
  }
  std::optional<MachineFloor> floor;
  std::optional<kernels::Profile> profile;
  if (profiled) {
    floor = measure_floor(mesh_.world(), *dtype_from_name(recipe_.precision.compute));
    profile.emplace();
  }
  const Timings mine = take_steps(profile ? &*profile : nullptr);
  const ordered_json figures = {{"cpu", mine.cpu_seconds},
                                {"first", mine.first_step_at},
                                {"rss", std::round(peak_rss_mb())},
                                {"pss", std::round(pss_mb())},
                                {"tensors", std::round(static_cast<double>(engine::take_peak_memory(device_)) / 1e6)}};
  const std::vector<std::string> everyone = comm::gather_texts(mesh_.world(), figures.dump());
  if (mesh_.world().rank() != Rank(0)) return ordered_json::object();

  std::vector<double> cpu_seconds(mine.seconds.size(), 0.0);
  double first_step_at = 0.0;
  ordered_json rss = ordered_json::array(), pss = ordered_json::array(), tensors = ordered_json::array();
  for (const std::string& text : everyone) {
    const auto rank = ordered_json::parse(text);
    for (size_t i = 0; i < cpu_seconds.size(); ++i) cpu_seconds[i] += rank["cpu"][i].get<double>();
    first_step_at = std::max(first_step_at, rank["first"].get<double>());
    rss.push_back(rank["rss"]);
    pss.push_back(rank["pss"]);
    tensors.push_back(rank["tensors"]);
  }
  const double step_seconds = median_of_kept(mine.seconds);
  const auto tokens = static_cast<double>(recipe_.train.global_batch_size * recipe_.train.seq_len);
  ordered_json result = {{"tok_s_median", rounded(tokens / step_seconds, 1)},
                         {"step_ms_median", rounded(1e3 * step_seconds, 1)},
                         {"cpu_ms_median", rounded(1e3 * median_of_kept(cpu_seconds), 1)},
                         {"start_to_first_step_s", rounded(first_step_at, 2)},
                         {"peak_rss_mb", rss},
                         {"pss_mb", pss},
                         {"peak_tensors_mb", tensors},
                         {"losses", mine.losses}};
  if (profile) {
    const std::vector<double> steps = kept(mine.cpu_seconds);
    result["profile"] = profile_rows(*profile, static_cast<int64_t>(steps.size()),
                                     std::accumulate(steps.begin(), steps.end(), 0.0), *floor);
  }
  return result;
}

StepBench::Timings StepBench::take_steps(kernels::Profile* profile) {
  Timings timings;
  for (int64_t i = 0; i < recipe_.train.steps; ++i) {
    if (profile != nullptr && i == first_kept(recipe_.train.steps)) profile->restart();
    const Stopwatch timer;
    const double cpu_before = process_cpu_seconds();
    timings.losses.push_back(trainer_.step(batches_).loss.item<double>());
    timings.seconds.push_back(timer.seconds());
    timings.cpu_seconds.push_back(process_cpu_seconds() - cpu_before);
    if (i == 0) timings.first_step_at = seconds_since_process_start();
  }
  return timings;
}

}  // namespace trireme::bench
