#pragma once

#include <memory>

#include "trireme/telemetry/event_log.h"
#include "trireme/telemetry/metrics_log.h"
#include "trireme/telemetry/straggler.h"
#include "trireme/telemetry/tensorboard.h"

namespace trireme::telemetry {

/// Everything that rank 0 writes down about a run in its folder: metrics.jsonl, events.jsonl, TensorBoard events.
class RunLog {
 public:
  struct Options {
    fs::path folder;        // runs/NAME
    int64_t last_step = 0;  // training goes on after this step; 0: a fresh run
    bool tensorboard = true;
  };
  /// Creates the folder. Throws IoError.
  explicit RunLog(const Options& options);

  void step(const StepRecord& record);
  /// Mean loss of the validation split with the weights after `step`.
  void evaluation(int64_t step, double loss, int64_t tokens);
  void checkpoint(int64_t step, double seconds);
  /// Told on standard error as well, as a warning is.
  void straggler(int64_t step, const Straggler& straggler, const std::string& host);
  void warning(const std::string& text);

 private:
  MetricsLog metrics_;
  EventLog events_;
  std::unique_ptr<TensorBoardWriter> tensorboard_;
};

}  // namespace trireme::telemetry
