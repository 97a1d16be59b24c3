#include "trireme/telemetry/metrics_log.h"

#include <sstream>

namespace trireme::telemetry {

namespace {

/// Returns `path` once it holds nothing but whole records up to `last_step`.
const fs::path& cut_after(const fs::path& path, int64_t last_step) {
  if (!fs::exists(path)) return path;
  const std::string before = read_file(path);
  std::istringstream lines(before);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto record = parse_step_record(line);
    if (record && record->step <= last_step) kept += line + "\n";
  }
  if (kept != before) write_file_atomic(path, kept);
  return path;
}

}  // namespace

MetricsLog::MetricsLog(const fs::path& path, int64_t last_step) : file_(cut_after(path, last_step)) {}

}  // namespace trireme::telemetry
