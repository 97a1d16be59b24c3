#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "trireme/comm/work.h"
#include "trireme/parallel/options.h"

namespace trireme::parallel {

using at::Tensor;

/// A flat tensor that collectives of `group` use without staging; uninitialised. Its memory counts in
/// device/memory_count.h.
Tensor allocate_flat(comm::Communicator& group, int64_t numel, at::ScalarType dtype, at::Device device);

/// Waits in a destructor: a failure was, or will be, reported by whoever asks for the result.
void wait_quietly(comm::Work& work) noexcept;

/// Whole parameters or gradients of the few units in use at a time. A released buffer waits for the next unit of
/// equal size, so units that alternate see the same two addresses; asking for another size returns it to the system.
class BufferPool {
 public:
  BufferPool(comm::Communicator& group, at::ScalarType dtype, at::Device device)
      : group_(group), dtype_(dtype), device_(device) {}

  /// Uninitialised.
  Tensor take(int64_t numel);
  void give(Tensor buffer) { idle_.push_back(std::move(buffer)); }

 private:
  comm::Communicator& group_;
  at::ScalarType dtype_;
  at::Device device_;
  std::vector<Tensor> idle_;
};

}  // namespace trireme::parallel
