#include "trireme/optim/adamw.h"

#include <ATen/ATen.h>

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
  const auto divisor = control.gradient_divisor.defined() ? std::optional(control.gradient_divisor) : std::nullopt;
  for (const DecayGroup& group : groups_) {
    if (group.values.empty()) continue;
    const std::vector<at::Tensor> updates(group.values.size(), updates_);
    at::_fused_adamw_(group.values, group.gradients, group.states[0], group.states[1], /*max_exp_avg_sqs=*/{}, updates,
                      control.learning_rate, options_.beta1, options_.beta2, group.weight_decay, options_.eps,
                      /*amsgrad=*/false, /*maximize=*/false, divisor, control.skip);
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
