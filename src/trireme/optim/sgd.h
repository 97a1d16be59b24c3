#pragma once

#include "trireme/optim/decay_groups.h"
#include "trireme/optim/optimizer.h"

namespace trireme::optim {

/// Stochastic gradient descent with momentum, as torch.optim.SGD: weight decay joins the gradient, no dampening.
class Sgd final : public Optimizer {
 public:
  Sgd(const recipe::Optimizer& options, std::vector<parallel::FlatShard> shards);

  void step(const StepControl& control) override;
  std::vector<formats::StatePiece> state_pieces(parallel::HostCopies& host) override;
  int64_t state_bytes() const override;

 private:
  recipe::Optimizer options_;
  std::vector<parallel::FlatShard> shards_;
  std::vector<at::Tensor> momentum_;  // by shard; empty when the recipe has no momentum
  std::vector<DecayGroup> groups_;
};

}  // namespace trireme::optim
