#pragma once

#include <span>

#include "trireme/comm/communicator.h"
#include "trireme/parallel/flat_shard.h"

namespace trireme::optim {

/// L2 norm over the gradients of all parameters, each element counted once: squares of this rank's shards, summed
/// over the group that splits them. fp64 scalar on the device. Collective over `shard_group`.
at::Tensor grad_norm(std::span<const parallel::FlatShard> shards, comm::Communicator& shard_group);

/// What gradients are divided by so that their norm is at most `max_norm`, as torch.nn.utils.clip_grad_norm_ does.
/// fp32 scalar on the device, at least 1.
at::Tensor clip_divisor(const at::Tensor& norm, double max_norm);

}  // namespace trireme::optim
