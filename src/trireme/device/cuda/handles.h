#pragma once

#include <cuda_runtime_api.h>

#include "trireme/core/error.h"
#include "trireme/device/unique_handle.h"

// Only files that are built with CUDA include this one.
namespace trireme {

struct CudaStreamTraits {
  using Handle = cudaStream_t;
  static constexpr Handle kNone = nullptr;
  static void destroy(cudaStream_t stream) noexcept { cudaStreamDestroy(stream); }
};
using CudaStream = UniqueHandle<CudaStreamTraits>;

struct CudaEventTraits {
  using Handle = cudaEvent_t;
  static constexpr Handle kNone = nullptr;
  static void destroy(cudaEvent_t event) noexcept { cudaEventDestroy(event); }
};
using CudaEvent = UniqueHandle<CudaEventTraits>;

/// Throws DeviceError with CUDA's own text unless `code` is cudaSuccess.
inline void check_cuda(cudaError_t code, const char* call) {
  if (code != cudaSuccess) throw DeviceError(format("{} failed: {}", call, cudaGetErrorString(code)));
}

/// A stream that does not wait for the default one. Of the current device.
inline CudaStream make_cuda_stream() {
  CudaStream stream;
  check_cuda(cudaStreamCreateWithFlags(stream.out(), cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return stream;
}

}  // namespace trireme
