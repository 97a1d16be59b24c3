#pragma once

#include <cuda_bf16.h>
#include <cstdint>

namespace trireme::kernels::cuda {

/// N neighbouring elements, read and written at once, worked on as floats.
template <class T, int N>
struct alignas(N * sizeof(T)) Pack {
  T values[N];

  __device__ static Pack load(const T* from) { return *reinterpret_cast<const Pack*>(from); }
  __device__ void store(T* to) const { *reinterpret_cast<Pack*>(to) = *this; }
  __device__ float operator[](int i) const { return static_cast<float>(values[i]); }
  __device__ void set(int i, float value) { values[i] = static_cast<T>(value); }
};

/// Elements in 16 bytes.
template <class T>
inline constexpr int kWide = 16 / static_cast<int>(sizeof(T));

struct Add {
  static constexpr float kNeutral = 0.0f;
  template <class V>
  __device__ static V combine(V a, V b) {
    return a + b;
  }
};
struct Max {
  static constexpr float kNeutral = -__builtin_huge_valf();
  __device__ static float combine(float a, float b) { return a > b || a != a ? a : b; }  // NaN stays
};

/// Combines a value of every thread of the block, in one order; every thread gets the result.
template <class Op, class V>
__device__ V over_block(V value) {
  __shared__ V warps[32];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, num_warps = (blockDim.x + 31) / 32;
  for (int step = 16; step > 0; step /= 2) value = Op::combine(value, __shfl_xor_sync(~0u, value, step));
  __syncthreads();  // the last call's result was read
  if (lane == 0) warps[warp] = value;
  __syncthreads();
  value = lane < num_warps ? warps[lane] : static_cast<V>(Op::kNeutral);
  for (int step = 16; step > 0; step /= 2) value = Op::combine(value, __shfl_xor_sync(~0u, value, step));
  return value;
}

}  // namespace trireme::kernels::cuda
