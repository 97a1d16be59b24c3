#include "trireme/optim/grad_norm.h"

#include <ATen/ATen.h>

#include "trireme/kernels/adamw.h"
#include "trireme/mesh/tensor_collectives.h"

namespace trireme::optim {

at::Tensor grad_norm(std::span<const parallel::FlatShard> shards, comm::Communicator& shard_group) {
  std::vector<at::Tensor> squares;
  for (const auto& shard : shards) squares.push_back(kernels::sum_of_squares(shard.gradient));
  at::Tensor total = at::stack(squares).sum();
  if (shard_group.size() > 1) mesh::all_reduce(shard_group.on_current_stream(), total, comm::ReduceOp::kSum).wait();
  return total.sqrt();
}

at::Tensor clip_divisor(const at::Tensor& norm, double max_norm) {
  constexpr double kEpsilon = 1e-6;
  return ((norm + kEpsilon) / max_norm).clamp_min(1.0).to(at::kFloat);
}

}  // namespace trireme::optim
