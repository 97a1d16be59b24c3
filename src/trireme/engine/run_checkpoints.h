#pragma once

#include <optional>
#include <string>

#include "trireme/checkpoint/loader.h"
#include "trireme/checkpoint/writer.h"
#include "trireme/engine/task.h"
#include "trireme/engine/trainer.h"

namespace trireme::engine {

/// The checkpoints of one run: which to write when, and what a resumed run must agree with.
class RunCheckpoints {
 public:
  struct Options {
    fs::path root;       // runs/NAME/checkpoints
    int generation = 0;  // of the restart
    std::string data_identity;
    TokenizerFile tokenizer;                             // rank 0
    std::string model_config = {}, adapter_config = {};  // as Task has them
  };
  /// Collective over `world`, which outlives it.
  RunCheckpoints(const recipe::Recipe& recipe, Options options, comm::Communicator& world);

  /// Fills the trainer from the newest good checkpoint; what it says of the run, or nothing when there is none.
  /// Collective. Throws ConfigError on every rank when model, adapter, tokenizer or data are not those of the
  /// checkpoint.
  std::optional<checkpoint::LoadedState> restore(Trainer& trainer);

  bool due(int64_t step) const;
  /// Collective. Returns the seconds that training was held up; nothing when this step is saved already.
  std::optional<double> save(Trainer& trainer, int64_t skipped_steps);
  /// Until everything is on the disk.
  void wait();
  /// The newest step known to be on the disk.
  int64_t durable_step() const { return durable_step_; }

 private:
  /// Collective.
  void check_identity(const checkpoint::LoadedState& loaded) const;

  recipe::Recipe recipe_;
  Options options_;
  comm::Communicator& world_;
  checkpoint::CheckpointWriter writer_;
  int64_t saved_step_ = -1;  // handed to the writer
  int64_t durable_step_ = -1;
};

}  // namespace trireme::engine
