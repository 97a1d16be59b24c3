#include "trireme/kernels/cuda/launch.h"
#include "trireme/kernels/cuda/pack.cuh"

namespace trireme::kernels::cuda {

namespace {

constexpr int kThreads = 1024;

/// One block a row. The largest logit and the sum of exponentials are found in one reading, each thread keeping its own
/// and scaling the sum when its largest grows.
template <class T, int N>
__global__ void gradient(T* logits, const int64_t* targets, const float* scale, float* loss, int64_t width,
                         int64_t ignored) {
  T* row = logits + blockIdx.x * width;
  const int64_t target = targets[blockIdx.x];
  const bool counts = target != ignored;
  float largest = -INFINITY, sum = 0;
  for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N) {
    const auto pack = Pack<T, N>::load(row + i);
    for (int k = 0; k < N; ++k) {
      const float x = pack[k], top = Max::combine(x, largest);
      if (top != largest) sum *= expf(largest - top);
      largest = top;
      sum += expf(x - largest);
    }
  }
  const float top = over_block<Max>(largest);
  const float total = over_block<Add>(sum == 0.0f ? 0.0f : sum * expf(largest - top));
  const float log_sum = top + logf(total);
  if (threadIdx.x == 0) {
    const bool known = target >= 0 && target < width;  // an unknown id makes a loss that stops the update
    loss[blockIdx.x] = !counts ? 0.0f : known ? log_sum - static_cast<float>(row[target]) : NAN;
  }
  if (scale == nullptr) return;
  __syncthreads();  // the target's logit was read
  const float factor = counts ? *scale : 0.0f;
  for (int64_t i = threadIdx.x * N; i < width; i += kThreads * N) {
    const auto pack = Pack<T, N>::load(row + i);
    Pack<T, N> out;
    for (int k = 0; k < N; ++k) {
      const float probability = expf(pack[k] - log_sum);
      out.set(k, counts ? factor * (probability - (i + k == target ? 1.0f : 0.0f)) : 0.0f);
    }
    out.store(row + i);
  }
}

}  // namespace

template <class T>
void Kernels<T>::softmax_gradient(T* logits, const int64_t* targets, const float* scale, float* loss, int64_t rows,
                                  int64_t width, int64_t ignored, bool aligned, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(rows);
  if (aligned)
    gradient<T, kWide<T>><<<blocks, kThreads, 0, stream>>>(logits, targets, scale, loss, width, ignored);
  else
    gradient<T, 1><<<blocks, kThreads, 0, stream>>>(logits, targets, scale, loss, width, ignored);
}

template void Kernels<float>::softmax_gradient(float*, const int64_t*, const float*, float*, int64_t, int64_t, int64_t,
                                               bool, cudaStream_t);
template void Kernels<__nv_bfloat16>::softmax_gradient(__nv_bfloat16*, const int64_t*, const float*, float*, int64_t,
                                                       int64_t, int64_t, bool, cudaStream_t);

}  // namespace trireme::kernels::cuda
