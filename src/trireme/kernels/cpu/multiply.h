#pragma once

#include <memory>

#include "trireme/kernels/cpu/kernel_table.h"

namespace trireme::kernels::cpu {

/// Memory of one thread that stays from call to call: fresh pages cost more than what is written to them.
class Scratch {
 public:
  /// At least `floats` floats, 64-byte aligned, of any content. What an earlier call gave is gone.
  float* reserve(int64_t floats);

 private:
  std::unique_ptr<float[]> memory_;
  int64_t size_ = 0;
};

/// One product on the calling thread; `workspace` is filled in. REQUIRES: the kernel is there.
void multiply_here(const ProductKernels& product, Gemm call);

}  // namespace trireme::kernels::cpu
