#include "trireme/engine/groups.h"

#include <ATen/ATen.h>

#include "trireme/mesh/tensor_collectives.h"

namespace trireme::engine {

at::Tensor sum_over(comm::Communicator& group, at::Tensor value) {
  if (group.size() > 1) mesh::all_reduce(group, value, comm::ReduceOp::kSum).wait();
  return value;
}

double max_over(comm::Communicator& group, double value) {
  if (group.size() > 1) group.all_reduce({&value, 1, DType::kF64, {}}, comm::ReduceOp::kMax).wait();
  return value;
}

}  // namespace trireme::engine
