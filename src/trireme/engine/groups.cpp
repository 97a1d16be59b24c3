#include "trireme/engine/groups.h"

#include <ATen/ATen.h>

#include "trireme/mesh/tensor_collectives.h"

namespace trireme::engine {

at::Tensor sum_over(comm::Communicator& group, at::Tensor value) {
  if (group.size() > 1) mesh::all_reduce(group.on_current_stream(), value, comm::ReduceOp::kSum).wait();
  return value;
}

}  // namespace trireme::engine
