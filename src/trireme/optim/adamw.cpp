#include "trireme/optim/adamw.h"

#include <ATen/ATen.h>

#include "trireme/kernels/adamw.h"

namespace trireme::optim {

AdamW::AdamW(const recipe::Optimizer& options, std::vector<parallel::FlatShard> shards)
    : options_(options), shards_(std::move(shards)) {
  for (const auto& shard : shards_) {
    exp_avg_.push_back(at::zeros_like(shard.value));
    exp_avg_sq_.push_back(at::zeros_like(shard.value));
    if (!updates_.defined()) updates_ = at::zeros({1}, shard.value.options().dtype(at::kFloat));
  }
  groups_ = decay_groups(shards_, {exp_avg_, exp_avg_sq_}, options_);
}

void AdamW::step(const StepControl& control) {
  updates_.add_(1 - control.skip);
  for (const DecayGroup& group : groups_) {
    const kernels::AdamWOptions options{.beta1 = options_.beta1,
                                        .beta2 = options_.beta2,
                                        .eps = options_.eps,
                                        .weight_decay = group.weight_decay,
                                        .learning_rate = control.learning_rate,
                                        .updates = updates_,
                                        .gradient_divisor = control.gradient_divisor,
                                        .skip = control.skip};
    for (size_t i = 0; i < group.values.size(); ++i)
      kernels::adamw_({group.values[i], group.gradients[i], group.states[0][i], group.states[1][i]}, options);
  }
}

std::vector<formats::StatePiece> AdamW::state_pieces(parallel::HostCopies& host) {
  std::vector<formats::StatePiece> pieces;
  const auto append = [&](std::vector<formats::StatePiece> more) {
    for (auto& piece : more) pieces.push_back(std::move(piece));
  };
  for (size_t i = 0; i < shards_.size(); ++i) {
    append(parallel::state_pieces(shards_[i], host.of(exp_avg_[i]), ".exp_avg"));
    append(parallel::state_pieces(shards_[i], host.of(exp_avg_sq_[i]), ".exp_avg_sq"));
  }
  formats::StatePiece updates;
  updates.name = "optimizer.updates";
  updates.shape = {1};
  const at::Tensor on_host = host.of(updates_);
  updates.bytes = {static_cast<std::byte*>(on_host.data_ptr()), on_host.nbytes()};
  pieces.push_back(std::move(updates));
  return pieces;
}

int64_t AdamW::state_bytes() const {
  int64_t bytes = 0;
  for (const auto& shard : shards_) bytes += 2 * static_cast<int64_t>(shard.value.nbytes());
  return bytes;
}

}  // namespace trireme::optim
