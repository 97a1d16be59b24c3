#include "trireme/mesh/tensor_collectives.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/device/memory_count.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::mesh {

comm::Buffer buffer_of(const at::Tensor& tensor) {
  TRIREME_CHECK(tensor.defined() && tensor.is_contiguous(), "a collective needs a contiguous tensor");
  return {tensor.data_ptr(), tensor.numel(), kernels::dtype_of(tensor), kernels::device_of(tensor.device())};
}

at::Tensor allocate(comm::Communicator& group, at::IntArrayRef sizes, at::ScalarType type) {
  const auto bytes = c10::multiply_integers(sizes) * static_cast<int64_t>(at::elementSize(type));
  std::shared_ptr<comm::Memory> memory = group.allocate(Bytes(bytes));
  memory_count().add(bytes);
  auto free = [memory, bytes](void*) mutable {
    memory_count().subtract(bytes);
    memory.reset();
  };
  const at::Device device = kernels::aten_device(memory->device());
  return at::from_blob(memory->bytes().data(), sizes, free, at::TensorOptions().dtype(type).device(device));
}

comm::Work all_reduce(comm::Communicator& group, const at::Tensor& in_out, comm::ReduceOp op) {
  return group.all_reduce(buffer_of(in_out), op);
}

comm::Work all_gather(comm::Communicator& group, const at::Tensor& in, const at::Tensor& out) {
  return group.all_gather(buffer_of(in), buffer_of(out));
}

comm::Work reduce_scatter(comm::Communicator& group, const at::Tensor& in, const at::Tensor& out, comm::ReduceOp op) {
  return group.reduce_scatter(buffer_of(in), buffer_of(out), op);
}

comm::Work all_to_all(comm::Communicator& group, const at::Tensor& in, const at::Tensor& out) {
  return group.all_to_all(buffer_of(in), buffer_of(out));
}

comm::Work broadcast(comm::Communicator& group, const at::Tensor& in_out, Rank root) {
  return group.broadcast(buffer_of(in_out), root);
}

comm::Work send(comm::Communicator& group, const at::Tensor& in, Rank to) { return group.send(buffer_of(in), to); }

comm::Work recv(comm::Communicator& group, const at::Tensor& out, Rank from) {
  return group.recv(buffer_of(out), from);
}

}  // namespace trireme::mesh
