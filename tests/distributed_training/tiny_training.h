#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "distributed_training/ranks.h"
#include "trireme/engine/trainer.h"

namespace trireme::testing {

/// A Llama small enough for a thousand steps a minute, with sizes that no degree divides.
struct TinyRun {
  recipe::Recipe recipe;
  bool reshard_after_forward = true;
  int64_t steps = 20;
  std::string backend = "local";  // or "nccl_threads"

  TinyRun();
};

/// Tokens of global sample i are a pure function of i, whoever reads them. Rank b of `batch_ranks` takes its rows of
/// every microbatch.
class CountedBatches final : public engine::BatchSource {
 public:
  CountedBatches(const TinyRun& run, comm::Communicator& batch);
  std::vector<layer::Microbatch> take(int64_t first_sample) override;

 private:
  recipe::Recipe recipe_;
  int rank_, ranks_;
};

/// A trainer with seeded weights.
std::unique_ptr<engine::Trainer> make_trainer(const TinyRun& run, engine::Groups groups, const Mode& mode,
                                              telemetry::Tracer* tracer = nullptr);

/// Whole tensors put together from the pieces of rank threads.
class WholeTensors {
 public:
  /// Any thread.
  void add(const std::vector<formats::StatePiece>& pieces);
  const std::map<std::string, at::Tensor>& tensors() const { return tensors_; }

 private:
  std::mutex mutex_;
  std::map<std::string, at::Tensor> tensors_;
};
/// This rank's gradients as pieces under their parameters' names, in memory of `host`.
std::vector<formats::StatePiece> gradient_pieces(parallel::ShardedModel& model, parallel::HostCopies& host);

/// What a run left behind; losses and norms as rank 0 saw them.
struct Trace {
  void add(const engine::StepReport& report);

  std::vector<double> losses, grad_norms, skipped;
  WholeTensors initial_parameters, first_gradients, final_parameters;
};
/// Trains `run.steps` steps on `ranks` threads.
std::unique_ptr<Trace> train(const TinyRun& run, int ranks, const Mode& mode);

}  // namespace trireme::testing
