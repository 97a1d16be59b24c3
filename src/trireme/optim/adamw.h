#pragma once

#include "trireme/optim/decay_groups.h"
#include "trireme/optim/optimizer.h"

namespace trireme::optim {

/// AdamW (https://arxiv.org/abs/1711.05101) in one pass over flat shards. Bias correction counts the updates made:
/// a skipped step does not advance it.
class AdamW final : public Optimizer {
 public:
  AdamW(const recipe::Optimizer& options, std::vector<parallel::FlatShard> shards);

  void step(const StepControl& control) override;
  std::vector<formats::StatePiece> state_pieces(parallel::HostCopies& host) override;
  int64_t state_bytes() const override;

 private:
  recipe::Optimizer options_;
  std::vector<parallel::FlatShard> shards_;
  std::vector<at::Tensor> exp_avg_, exp_avg_sq_;  // by shard
  at::Tensor updates_;                            // fp32 scalar on the device
  std::vector<DecayGroup> groups_;
};

}  // namespace trireme::optim
