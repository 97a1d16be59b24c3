#pragma once

#include "trireme/telemetry/line_file.h"
#include "trireme/telemetry/step_record.h"

namespace trireme::telemetry {

/// metrics.jsonl of a run: one line a step, each step once. A full disk does not stop the run, see LineFile.
class MetricsLog {
 public:
  /// Keeps the lines of steps 1 to `last_step`, the step that training goes on from (0: none), and drops the rest:
  /// those steps are about to be replayed. Throws IoError.
  MetricsLog(const fs::path& path, int64_t last_step);

  void append(const StepRecord& record) { file_.append(to_json_line(record)); }

 private:
  LineFile file_;
};

}  // namespace trireme::telemetry
