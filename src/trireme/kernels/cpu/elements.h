#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "trireme/kernels/cpu/kernel_table.h"
#include "trireme/kernels/tensor_types.h"

#ifndef INTRA_OP_PARALLEL
#error "compile with OpenMP: without it at::parallel_for runs everything on one thread"
#endif

namespace trireme::kernels::cpu {

template <class T>
const ElementKernels<T>& kernels_for() {
  if constexpr (std::is_same_v<T, float>)
    return table().fp32;
  else
    return table().bf16;
}

template <class T>
T* data(const Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

/// f(T{}) with T the element type of a tensor that `takes` accepts.
template <class F>
void with_element(const Tensor& tensor, const F& f) {
  tensor.scalar_type() == at::kFloat ? f(float{}) : f(Bf16{});
}

/// Rows of `width` elements that are worth a thread of their own.
inline int64_t rows_a_thread(int64_t width) {
  return std::max<int64_t>(1, (int64_t{1} << 15) / std::max<int64_t>(width, 1));
}

}  // namespace trireme::kernels::cpu
