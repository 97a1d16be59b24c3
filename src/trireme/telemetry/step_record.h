#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace trireme::telemetry {

/// One line of metrics.jsonl; docs/metrics.md defines every figure. NaN, infinity and nullopt are written as null.
struct StepRecord {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  int64_t step = 0;  // from 1
  double loss = kUnknown;
  std::optional<double> distill_loss;  // only where the run distils
  double grad_norm = kUnknown;
  double lr = kUnknown;
  int64_t tokens = 0;
  int64_t tokens_seen = 0;
  double step_seconds = kUnknown;
  double data_seconds = kUnknown;
  double compute_seconds = kUnknown;
  double comm_seconds = kUnknown;
  double save_seconds = kUnknown;
  double tokens_per_second = kUnknown;
  double tps_per_device = kUnknown;
  double mfu = kUnknown;
  std::optional<int64_t> peak_memory_bytes;
  int64_t skipped = 0;  // 0 or 1
};

/// A JSON object with the keys above, in this order, distill_loss only where there is one; numbers read back to the
/// same value.
std::string to_json_line(const StepRecord& record);
/// nullopt when the line is no step record: torn, or without a step.
std::optional<StepRecord> parse_step_record(const std::string& line);

}  // namespace trireme::telemetry
