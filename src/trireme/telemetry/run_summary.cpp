#include "trireme/telemetry/run_summary.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "trireme/core/format.h"
#include "trireme/core/median.h"

namespace trireme::telemetry {

namespace {

constexpr const char* kUnknownText = "–";
constexpr size_t kFinalSteps = 10;

double median_of(const RunData& run, double StepRecord::*field) {
  std::vector<double> values;
  for (const StepRecord& step : run.steps)
    if (std::isfinite(step.*field)) values.push_back(step.*field);
  return values.empty() ? StepRecord::kUnknown : median(std::move(values));
}

double final_loss(const RunData& run) {
  double sum = 0;
  int count = 0;
  const size_t first = run.steps.size() - std::min(run.steps.size(), kFinalSteps);
  for (size_t i = first; i < run.steps.size(); ++i) {
    if (!std::isfinite(run.steps[i].loss)) continue;
    sum += run.steps[i].loss;
    ++count;
  }
  return count > 0 ? sum / count : StepRecord::kUnknown;
}

double total_seconds(const RunData& run) {
  double sum = 0;
  for (const StepRecord& step : run.steps) sum += std::isfinite(step.step_seconds) ? step.step_seconds : 0;
  return sum;
}

double peak_bytes(const RunData& run) {
  int64_t peak = -1;
  for (const StepRecord& step : run.steps) peak = std::max(peak, step.peak_memory_bytes.value_or(-1));
  return peak < 0 ? StepRecord::kUnknown : static_cast<double>(peak);
}

double num_skipped(const RunData& run) {
  double count = 0;
  for (const StepRecord& step : run.steps) count += static_cast<double>(step.skipped);
  return count;
}

double last_valid_loss(const RunData& run) {
  return run.evaluations.empty() ? StepRecord::kUnknown : run.evaluations.back().loss;
}

double best_valid_loss(const RunData& run) {
  double best = StepRecord::kUnknown;
  for (const Evaluation& evaluation : run.evaluations) best = std::fmin(best, evaluation.loss);
  return best;
}

std::string fixed_4(double value) { return format_fixed(value, 4); }
std::string percent(double value) { return format_fixed(100 * value, 1) + " %"; }
std::string whole(double value) { return format_fixed(value, 0); }

SummaryRow row(const std::vector<RunData>& runs, std::string name, std::string help,
               const std::function<double(const RunData&)>& figure, const std::function<std::string(double)>& print) {
  SummaryRow out{std::move(name), std::move(help), {}};
  for (const RunData& run : runs) {
    const double value = figure(run);
    out.values.push_back(std::isfinite(value) ? print(value) : kUnknownText);
  }
  return out;
}

SummaryRow stragglers_row(const std::vector<RunData>& runs) {
  SummaryRow out{"Stragglers", "ranks that the others waited for, and what took them long", {}};
  for (const RunData& run : runs) {
    const bool known = std::isfinite(median_of(run, &StepRecord::comm_seconds));
    std::string text;
    for (const std::string& straggler : run.stragglers) text += (text.empty() ? "" : ", ") + straggler;
    out.values.push_back(!text.empty() ? text : known ? "none seen" : kUnknownText);
  }
  return out;
}

std::string value_of(const RunData& run, const std::string& key) {
  for (const auto& [name, value] : run.config) {
    if (name == key) return value;
  }
  return kUnknownText;
}

}  // namespace

std::vector<SummaryRow> summarise(const std::vector<RunData>& runs) {
  const auto speed = [](const RunData& run) { return median_of(run, &StepRecord::tokens_per_second); };
  const auto device_speed = [](const RunData& run) { return median_of(run, &StepRecord::tps_per_device); };
  const auto step_time = [](const RunData& run) { return median_of(run, &StepRecord::step_seconds); };
  const auto mfu = [](const RunData& run) { return median_of(run, &StepRecord::mfu); };
  const auto steps = [](const RunData& run) { return static_cast<double>(run.steps.back().step); };
  const auto tokens = [](const RunData& run) { return static_cast<double>(run.steps.back().tokens_seen); };
  return {
      row(runs, "Steps", "the last one logged", steps, whole),
      row(runs, "Tokens seen", "", tokens, format_count),
      row(runs, "Training loss", "mean of the last 10 steps, nats a token", final_loss, fixed_4),
      row(runs, "Validation loss", "the last one", last_valid_loss, fixed_4),
      row(runs, "Best validation loss", "", best_valid_loss, fixed_4),
      row(runs, "Tokens a second", "median, all ranks together", speed, format_count),
      row(runs, "Tokens a second and device", "median", device_speed, format_count),
      row(runs, "Step time", "median", step_time, [](double value) { return format_fixed(value, 3) + " s"; }),
      row(runs, "MFU", "median", mfu, percent),
      row(runs, "Peak memory", "the largest of all ranks", peak_bytes, format_bytes),
      row(runs, "Skipped steps", "loss or gradient norm was not finite", num_skipped, whole),
      row(runs, "Time in steps", "sum", total_seconds, format_seconds),
      stragglers_row(runs),
  };
}

std::vector<SummaryRow> config_differences(const std::vector<RunData>& runs) {
  std::vector<SummaryRow> rows;
  std::set<std::string> seen;
  for (const RunData& with_key : runs) {
    for (const auto& [key, unused] : with_key.config) {
      if (!seen.insert(key).second || key == "log.name") continue;
      SummaryRow out{key, "", {}};
      for (const RunData& run : runs) out.values.push_back(value_of(run, key));
      const bool equal = std::equal(out.values.begin() + 1, out.values.end(), out.values.begin());
      if (!equal) rows.push_back(std::move(out));
    }
  }
  return rows;
}

}  // namespace trireme::telemetry
