#include "trireme/kernels/cuda/launch.h"
#include "trireme/kernels/cuda/pack.cuh"

namespace trireme::kernels::cuda {

namespace {

constexpr int kThreads = 256;

template <class T, int N>
__global__ void sum(const T* x, double* partial, int64_t count) {
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads * N;
  double squares = 0;
  for (int64_t i = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * N; i < count; i += stride) {
    const auto pack = Pack<T, N>::load(x + i);
    for (int k = 0; k < N; ++k) squares += static_cast<double>(pack[k]) * static_cast<double>(pack[k]);
  }
  squares = over_block<Add>(squares);
  if (threadIdx.x == 0) partial[blockIdx.x] = squares;
}

}  // namespace

template <class T>
void Kernels<T>::sum_of_squares(const T* x, double* partial, int64_t count, int blocks, bool aligned,
                                cudaStream_t stream) {
  const auto grid = static_cast<unsigned>(blocks);
  if (aligned)
    sum<T, kWide<T>><<<grid, kThreads, 0, stream>>>(x, partial, count);
  else
    sum<T, 1><<<grid, kThreads, 0, stream>>>(x, partial, count);
}

template void Kernels<float>::sum_of_squares(const float*, double*, int64_t, int, bool, cudaStream_t);
template void Kernels<__nv_bfloat16>::sum_of_squares(const __nv_bfloat16*, double*, int64_t, int, bool, cudaStream_t);

}  // namespace trireme::kernels::cuda
