#pragma once

#include <memory>
#include <optional>

#include "trireme/comm/communicator.h"
#include "trireme/engine/guard.h"
#include "trireme/engine/step_report.h"
#include "trireme/recipe/recipe.h"
#include "trireme/telemetry/progress.h"
#include "trireme/telemetry/run_log.h"
#include "trireme/telemetry/straggler.h"

namespace trireme::engine {

/// Turns step reports into metrics. A report's tensors are read when the next one comes, so that the log never makes
/// the device wait. Rank 0 writes, and names stragglers; every rank counts skipped steps.
class RunReporter {
 public:
  struct Options {
    fs::path folder;  // of the run
    Device device;
    int64_t last_step = 0;                  // the run goes on after this step
    int64_t skipped = 0;                    // skipped so far
    std::optional<double> flops_per_token;  // unknown: no MFU
    std::optional<double> peak_flops;       // dense, of one device; unknown: no MFU
  };
  /// Collective.
  RunReporter(const recipe::Recipe& recipe, const Options& options, comm::Communicator& world);

  /// Collective. `seconds` of the whole step. Throws CommError when the world was aborted, Error when too many steps in
  /// a row were skipped.
  void step(const StepReport& report, double seconds);
  /// Writes what is still pending. Collective; throws as `step` does.
  void flush();

  void evaluation(int64_t step, const Evaluation& found);
  /// Training was held up by a save for `seconds`, of which this rank `waited` for its peers.
  void checkpoint(int64_t step, double seconds, double waited);
  void warning(const std::string& text);
  int64_t skipped() const { return skip_limit_.total(); }

 private:
  struct Pending {
    StepReport report;
    double seconds = 0.0;
    telemetry::StepPhases phases;  // of this rank
    int64_t peak_memory = 0;       // of this rank
  };
  telemetry::StepRecord record_of(const Pending& pending) const;
  /// What every rank took for the step; returns the largest peak of memory. Collective.
  int64_t compare_ranks(const Pending& pending);
  void show(const telemetry::StepRecord& record);

  recipe::Recipe recipe_;
  Options options_;
  comm::Communicator& world_;
  SkipLimit skip_limit_;
  telemetry::StragglerWatch straggler_watch_;
  std::vector<std::string> hosts_;  // by rank
  double save_seconds_ = 0.0;       // since the last step
  std::optional<Pending> pending_;
  std::unique_ptr<telemetry::RunLog> log_;         // rank 0
  std::unique_ptr<telemetry::Progress> progress_;  // rank 0
};

}  // namespace trireme::engine
