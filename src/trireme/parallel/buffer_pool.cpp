#include "trireme/parallel/buffer_pool.h"

#include <ATen/ATen.h>

#include "trireme/mesh/tensor_collectives.h"

namespace trireme::parallel {

Tensor allocate_flat(comm::Communicator& group, int64_t numel, at::ScalarType dtype, at::Device device) {
  if (device.is_cpu()) return mesh::allocate(group, {numel}, dtype);
  // PyTorch's allocator counts it, and NCCL needs no more.
  return at::empty({numel}, at::TensorOptions().dtype(dtype).device(device));
}

void wait_quietly(comm::Work& work) noexcept {
  try {
    work.wait();
  } catch (const std::exception&) {
  }
}

Tensor BufferPool::take(int64_t numel) {
  if (!idle_.empty() && idle_.back().numel() == numel) {
    Tensor buffer = std::move(idle_.back());
    idle_.pop_back();
    return buffer;
  }
  idle_.clear();
  return allocate_flat(group_, numel, dtype_, device_);
}

}  // namespace trireme::parallel
