#pragma once

#include <ATen/core/Tensor.h>
#include <cuda_bf16.h>

#include "trireme/device/cuda/handles.h"
#include "trireme/kernels/cuda/launch.h"
#include "trireme/kernels/current_device.h"
#include "trireme/kernels/tensor_types.h"

// From tensors to the raw pointers that kernels take.
namespace trireme::kernels::cuda {

/// Calls `launch` with a value of the kernels' element type. REQUIRES: takes(tensor). Throws DeviceError when the
/// launch failed.
template <class Launch>
void with_element(const Tensor& tensor, Launch launch) {
  tensor.scalar_type() == at::kFloat ? launch(float{}) : launch(__nv_bfloat16{});
  check_cuda(cudaGetLastError(), "a fused kernel");
}

template <class T>
T* data(const Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

/// Whether rows of `width` elements may be read 16 bytes at a time.
template <class T>
bool is_aligned(std::initializer_list<Tensor> tensors, int64_t width) {
  bool aligned = width * static_cast<int64_t>(sizeof(T)) % 16 == 0;
  for (const Tensor& tensor : tensors)
    aligned = aligned && (!tensor.defined() || reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 16 == 0);
  return aligned;
}

inline cudaStream_t stream_of(const Tensor& tensor) {
  return static_cast<cudaStream_t>(current_stream(device_of(tensor.device())));
}

}  // namespace trireme::kernels::cuda
