#include "trireme/parallel/buffer_pool.h"

#include <ATen/ATen.h>

#include "trireme/device/memory_count.h"

namespace trireme::parallel {

Tensor allocate_flat(comm::Communicator& group, int64_t numel, at::ScalarType dtype, at::Device device) {
  const auto options = at::TensorOptions().dtype(dtype).device(device);
  if (!device.is_cpu()) return at::empty({numel}, options);  // PyTorch's allocator counts it, and NCCL needs no more
  const auto size = static_cast<int64_t>(numel * c10::elementSize(dtype));
  std::shared_ptr<comm::Memory> memory = group.allocate(Bytes(size));
  memory_count().add(size);
  auto free = [memory, size](void*) mutable {
    memory_count().subtract(size);
    memory.reset();
  };
  return at::from_blob(memory->bytes().data(), {numel}, free, options);
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
