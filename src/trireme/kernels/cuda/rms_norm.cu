#include "trireme/kernels/cuda/launch.h"
#include "trireme/kernels/cuda/pack.cuh"

namespace trireme::kernels::cuda {

namespace {

constexpr int kThreads = 256;

template <class T, int N>
__global__ void forward(const T* x, const T* weight, float* rstd, T* y, int64_t width, float eps, bool keep) {
  const T* row = x + blockIdx.x * width;
  float scale;
  if (keep) {
    scale = rstd[blockIdx.x];
  } else {
    float squares = 0;
    for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N) {
      const auto pack = Pack<T, N>::load(row + i);
      for (int k = 0; k < N; ++k) squares += pack[k] * pack[k];
    }
    scale = rsqrtf(over_block<Add>(squares) / static_cast<float>(width) + eps);
    if (threadIdx.x == 0) rstd[blockIdx.x] = scale;
  }
  for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N) {
    const auto pack = Pack<T, N>::load(row + i), w = Pack<T, N>::load(weight + i);
    Pack<T, N> out;
    for (int k = 0; k < N; ++k) out.set(k, pack[k] * scale * w[k]);
    out.store(y + blockIdx.x * width + i);
  }
}

/// With n = x rstd and g = dy weight: dx = rstd (g - n mean(g n)). A block takes every gridDim-th row and keeps the sum
/// of its weight gradients in shared memory, each thread its own columns.
template <class T, int N>
__global__ void backward(const T* dy, const T* x, const float* rstd, const T* weight, const T* dresidual, T* dx,
                         float* partial, int64_t rows, int64_t width) {
  extern __shared__ float weight_grad[];
  for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N)
    for (int k = 0; k < N; ++k) weight_grad[i + k] = 0;
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const int64_t begin = row * width;
    const float scale = rstd[row];
    float products = 0;
    for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N) {
      const auto a = Pack<T, N>::load(dy + begin + i), b = Pack<T, N>::load(x + begin + i);
      const auto w = Pack<T, N>::load(weight + i);
      for (int k = 0; k < N; ++k) {
        const float product = a[k] * b[k] * scale;
        weight_grad[i + k] += product;
        products += product * w[k];
      }
    }
    const float mean = over_block<Add>(products) / static_cast<float>(width);
    for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N) {
      const auto a = Pack<T, N>::load(dy + begin + i), b = Pack<T, N>::load(x + begin + i);
      const auto w = Pack<T, N>::load(weight + i);
      Pack<T, N> around{}, out;
      if (dresidual != nullptr) around = Pack<T, N>::load(dresidual + begin + i);
      for (int k = 0; k < N; ++k) {
        const float gradient = scale * (a[k] * w[k] - b[k] * scale * mean);
        out.set(k, dresidual != nullptr ? gradient + around[k] : gradient);
      }
      out.store(dx + begin + i);
    }
  }
  for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N)
    for (int k = 0; k < N; ++k) partial[blockIdx.x * width + i + k] = weight_grad[i + k];
}

template <class T, int N>
void launch_backward(const T* dy, const T* x, const float* rstd, const T* weight, const T* dresidual, T* dx,
                     float* partial, int64_t rows, int64_t width, int blocks, cudaStream_t stream) {
  const auto bytes = static_cast<size_t>(width) * sizeof(float);
  cudaFuncSetAttribute(backward<T, N>, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes));
  backward<T, N><<<blocks, kThreads, bytes, stream>>>(dy, x, rstd, weight, dresidual, dx, partial, rows, width);
}

}  // namespace

template <class T>
void Kernels<T>::rms_norm(const T* x, const T* weight, float* rstd, T* y, int64_t rows, int64_t width, float eps,
                          bool keep, bool aligned, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(rows);
  if (aligned)
    forward<T, kWide<T>><<<blocks, kThreads, 0, stream>>>(x, weight, rstd, y, width, eps, keep);
  else
    forward<T, 1><<<blocks, kThreads, 0, stream>>>(x, weight, rstd, y, width, eps, keep);
}

template <class T>
void Kernels<T>::rms_norm_backward(const T* dy, const T* x, const float* rstd, const T* weight, const T* dresidual,
                                   T* dx, float* partial, int64_t rows, int64_t width, int blocks, bool aligned,
                                   cudaStream_t stream) {
  (aligned ? launch_backward<T, kWide<T>> : launch_backward<T, 1>)(dy, x, rstd, weight, dresidual, dx, partial, rows,
                                                                   width, blocks, stream);
}

template void Kernels<float>::rms_norm(const float*, const float*, float*, float*, int64_t, int64_t, float, bool, bool,
                                       cudaStream_t);
template void Kernels<__nv_bfloat16>::rms_norm(const __nv_bfloat16*, const __nv_bfloat16*, float*, __nv_bfloat16*,
                                               int64_t, int64_t, float, bool, bool, cudaStream_t);
template void Kernels<float>::rms_norm_backward(const float*, const float*, const float*, const float*, const float*,
                                                float*, float*, int64_t, int64_t, int, bool, cudaStream_t);
template void Kernels<__nv_bfloat16>::rms_norm_backward(const __nv_bfloat16*, const __nv_bfloat16*, const float*,
                                                        const __nv_bfloat16*, const __nv_bfloat16*, __nv_bfloat16*,
                                                        float*, int64_t, int64_t, int, bool, cudaStream_t);

}  // namespace trireme::kernels::cuda
