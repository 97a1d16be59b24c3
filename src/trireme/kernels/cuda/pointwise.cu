#include <algorithm>

#include "trireme/kernels/cuda/launch.h"
#include "trireme/kernels/cuda/pack.cuh"

namespace trireme::kernels::cuda {

namespace {

constexpr int kThreads = 256;

__device__ int64_t first_index() { return blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; }
__device__ int64_t index_step() { return gridDim.x * static_cast<int64_t>(blockDim.x); }

/// Blocks for `count` threads; each thread goes on in steps of the whole grid.
unsigned blocks_for(int64_t count) {
  constexpr int64_t kMost = 1 << 16;
  return static_cast<unsigned>(std::clamp<int64_t>((count + kThreads - 1) / kThreads, 1, kMost));
}

template <class T>
__global__ void rotate_pairs(T* x, const float* cos, const float* sin, float sign, int64_t pairs, int64_t heads,
                             int64_t half) {
  for (int64_t i = first_index(); i < pairs; i += index_step()) {
    const int64_t pair = i % half, head = i / half, angle = head / heads * half + pair;
    T* first = x + head * 2 * half + pair;
    const float a = static_cast<float>(first[0]), b = static_cast<float>(first[half]);
    const float c = cos[angle], s = sign * sin[angle];
    first[0] = static_cast<T>(a * c - b * s);
    first[half] = static_cast<T>(b * c + a * s);
  }
}

__device__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

template <class T, int N>
__global__ void gate_up(const T* gate, const T* up, T* y, int64_t packs) {
  for (int64_t i = first_index(); i < packs; i += index_step()) {
    const auto g = Pack<T, N>::load(gate + i * N), u = Pack<T, N>::load(up + i * N);
    Pack<T, N> out;
    for (int k = 0; k < N; ++k) out.set(k, g[k] * sigmoid(g[k]) * u[k]);
    out.store(y + i * N);
  }
}

template <class T, int N>
__global__ void gate_up_backward(const T* dy, const T* gate, const T* up, T* dgate, T* dup, int64_t packs) {
  for (int64_t i = first_index(); i < packs; i += index_step()) {
    const auto d = Pack<T, N>::load(dy + i * N), g = Pack<T, N>::load(gate + i * N), u = Pack<T, N>::load(up + i * N);
    Pack<T, N> of_gate, of_up;
    for (int k = 0; k < N; ++k) {
      const float s = sigmoid(g[k]);
      of_gate.set(k, d[k] * u[k] * s * (1.0f + g[k] * (1.0f - s)));
      of_up.set(k, d[k] * g[k] * s);
    }
    of_gate.store(dgate + i * N);
    of_up.store(dup + i * N);
  }
}

}  // namespace

template <class T>
void Kernels<T>::rotate(T* x, const float* cos, const float* sin, float sign, int64_t tokens, int64_t heads,
                        int64_t half, cudaStream_t stream) {
  const int64_t pairs = tokens * heads * half;
  rotate_pairs<<<blocks_for(pairs), kThreads, 0, stream>>>(x, cos, sin, sign, pairs, heads, half);
}

template <class T>
void Kernels<T>::swiglu(const T* gate, const T* up, T* y, int64_t count, bool aligned, cudaStream_t stream) {
  const int64_t packs = aligned ? count / kWide<T> : count;
  if (aligned)
    gate_up<T, kWide<T>><<<blocks_for(packs), kThreads, 0, stream>>>(gate, up, y, packs);
  else
    gate_up<T, 1><<<blocks_for(packs), kThreads, 0, stream>>>(gate, up, y, packs);
}

template <class T>
void Kernels<T>::swiglu_backward(const T* dy, const T* gate, const T* up, T* dgate, T* dup, int64_t count, bool aligned,
                                 cudaStream_t stream) {
  const int64_t packs = aligned ? count / kWide<T> : count;
  if (aligned)
    gate_up_backward<T, kWide<T>><<<blocks_for(packs), kThreads, 0, stream>>>(dy, gate, up, dgate, dup, packs);
  else
    gate_up_backward<T, 1><<<blocks_for(packs), kThreads, 0, stream>>>(dy, gate, up, dgate, dup, packs);
}

template void Kernels<float>::rotate(float*, const float*, const float*, float, int64_t, int64_t, int64_t,
                                     cudaStream_t);
template void Kernels<__nv_bfloat16>::rotate(__nv_bfloat16*, const float*, const float*, float, int64_t, int64_t,
                                             int64_t, cudaStream_t);
template void Kernels<float>::swiglu(const float*, const float*, float*, int64_t, bool, cudaStream_t);
template void Kernels<__nv_bfloat16>::swiglu(const __nv_bfloat16*, const __nv_bfloat16*, __nv_bfloat16*, int64_t, bool,
                                             cudaStream_t);
template void Kernels<float>::swiglu_backward(const float*, const float*, const float*, float*, float*, int64_t, bool,
                                              cudaStream_t);
template void Kernels<__nv_bfloat16>::swiglu_backward(const __nv_bfloat16*, const __nv_bfloat16*, const __nv_bfloat16*,
                                                      __nv_bfloat16*, __nv_bfloat16*, int64_t, bool, cudaStream_t);

}  // namespace trireme::kernels::cuda
