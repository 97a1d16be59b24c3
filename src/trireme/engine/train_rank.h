#pragma once

#include <functional>

#include "trireme/engine/rank.h"
#include "trireme/engine/task.h"
#include "trireme/supervise/run_folder.h"

namespace trireme::engine {

/// One rank's whole training run.
struct RankJob {
  const recipe::Recipe& recipe;
  bool resume = false;
  supervise::ConfigIo config = {};  // of config.toml
  std::function<Task(const mesh::Mesh& mesh, Device device)> make_task;
  /// As in RunOptions; may be empty.
  std::function<void(Trainer& trainer, const mesh::Mesh& mesh, Device device)> on_finished = {};
};

/// Makes this process a rank, trains, and returns how it ended: kOk, or kStopped after a signal. Without a supervisor
/// rank 0 makes and locks the run's folder. Throws what fails, after peers and supervisor were told.
ExitCode train_as_rank(const RankJob& job);

}  // namespace trireme::engine
