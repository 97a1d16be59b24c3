#include "trireme/engine/groups.h"

#include <ATen/ATen.h>

#include "trireme/mesh/tensor_collectives.h"

namespace trireme::engine {

at::Tensor sum_over(comm::Communicator& group, at::Tensor value) {
  if (group.size() > 1) mesh::all_reduce(group.on_current_stream(), value, comm::ReduceOp::kSum).wait();
  return value;
}

double max_over(comm::Communicator& group, double value) {
  if (group.size() > 1) group.all_reduce({&value, 1, DType::kF64, {}}, comm::ReduceOp::kMax).wait();
  return value;
}

std::vector<double> gather_over(comm::Communicator& group, std::span<const double> values) {
  std::vector<double> mine(values.begin(), values.end());
  std::vector<double> all(mine.size() * static_cast<size_t>(group.size()));
  const auto buffer = [](std::vector<double>& numbers) {
    return comm::Buffer{numbers.data(), static_cast<int64_t>(numbers.size()), DType::kF64, {}};
  };
  group.all_gather(buffer(mine), buffer(all)).wait();
  return all;
}

}  // namespace trireme::engine
