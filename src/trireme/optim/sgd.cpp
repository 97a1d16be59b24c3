#include "trireme/optim/sgd.h"

#include <ATen/ATen.h>

namespace trireme::optim {

Sgd::Sgd(const recipe::Optimizer& options, std::vector<parallel::FlatShard> shards)
    : options_(options), shards_(std::move(shards)) {
  std::vector<std::vector<at::Tensor>> states;
  if (options_.momentum != 0.0) {
    for (const auto& shard : shards_) momentum_.push_back(at::zeros_like(shard.value));
    states.push_back(momentum_);
  }
  groups_ = decay_groups(shards_, states, options_);
}

void Sgd::step(const StepControl& control) {
  const auto divisor = control.gradient_divisor.defined() ? std::optional(control.gradient_divisor) : std::nullopt;
  for (const DecayGroup& group : groups_) {
    if (group.values.empty()) continue;
    const at::TensorList momentum = momentum_.empty() ? at::TensorList() : at::TensorList(group.states[0]);
    // Momentum starts as zeros, which makes the first step like any other.
    at::_fused_sgd_(group.values, group.gradients, momentum, group.weight_decay, options_.momentum,
                    control.learning_rate, /*dampening=*/0.0, /*nesterov=*/false, /*maximize=*/false,
                    /*is_first_step=*/false, divisor, control.skip);
  }
}

std::vector<formats::StatePiece> Sgd::state_pieces(parallel::HostCopies& host) {
  std::vector<formats::StatePiece> pieces;
  for (size_t i = 0; i < momentum_.size(); ++i)
    for (auto& piece : parallel::state_pieces(shards_[i], host.of(momentum_[i]), ".momentum"))
      pieces.push_back(std::move(piece));
  return pieces;
}

int64_t Sgd::state_bytes() const {
  int64_t bytes = 0;
  for (const auto& tensor : momentum_) bytes += static_cast<int64_t>(tensor.nbytes());
  return bytes;
}

}  // namespace trireme::optim
