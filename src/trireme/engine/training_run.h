#pragma once

#include <functional>
#include <memory>

#include "trireme/engine/run_checkpoints.h"
#include "trireme/engine/run_reporter.h"
#include "trireme/engine/stop_signals.h"
#include "trireme/engine/task.h"
#include "trireme/engine/trainer.h"
#include "trireme/mesh/mesh.h"

namespace trireme::engine {

enum class RunEnd { kFinished, kStopped };

struct RunOptions {
  fs::path folder;  // runs/NAME
  bool resume = false;
  int generation = 0;
  Device device;
  telemetry::Tracer* tracer = nullptr;                    // may be null; outlives the run
  std::function<void(int64_t step)> on_step;              // may be empty
  std::function<void(int64_t step)> on_checkpoint_saved;  // may be empty
  std::function<void(Trainer&)> on_finished;              // after the last step is saved; collective; may be empty
};

/// A training run on one rank: the trainer of one task with its checkpoints, evaluation and logs.
class TrainingRun {
 public:
  /// No step is taken and nothing is communicated. The mesh outlives the run.
  TrainingRun(const recipe::Recipe& recipe, Task task, const mesh::Mesh& mesh, RunOptions options);

  /// Runs until train.steps, or until a rank was asked to stop and all have agreed; then saves. Collective.
  RunEnd run(const StopSignals& stop);

 private:
  void start();
  bool stop_agreed(const StopSignals& stop);
  void take_step();
  void evaluate();
  void save();

  recipe::Recipe recipe_;
  const mesh::Mesh& mesh_;
  RunOptions options_;
  Task task_;
  Trainer trainer_;
  std::unique_ptr<RunCheckpoints> checkpoints_;
  std::unique_ptr<RunReporter> reporter_;
};

}  // namespace trireme::engine
