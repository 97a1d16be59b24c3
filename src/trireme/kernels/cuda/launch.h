#pragma once

#include <cuda_runtime_api.h>
#include <cstdint>

// Fused kernels over raw pointers of one GPU, put on `stream`. T is float or __nv_bfloat16; statistics and sums are
// fp32. `rows` of `width` elements lie one after the other; `aligned`: width is a multiple of 16 bytes of T.
namespace trireme::kernels::cuda {

template <class T>
struct Kernels {
  /// y = x rstd weight; writes rstd [rows] unless `keep`, then reads it.
  static void rms_norm(const T* x, const T* weight, float* rstd, T* y, int64_t rows, int64_t width, float eps,
                       bool keep, bool aligned, cudaStream_t stream);
  /// dx, plus `dresidual` unless null; partial sums of the weight's gradient [blocks, width], to be added over blocks.
  static void rms_norm_backward(const T* dy, const T* x, const float* rstd, const T* weight, const T* dresidual, T* dx,
                                float* partial, int64_t rows, int64_t width, int blocks, bool aligned,
                                cudaStream_t stream);
  /// Pairs (x[i], x[i + half]) of each head of each token, by cos and sin [tokens, half]; `sign` -1 rotates back.
  static void rotate(T* x, const float* cos, const float* sin, float sign, int64_t tokens, int64_t heads, int64_t half,
                     cudaStream_t stream);
  static void swiglu(const T* gate, const T* up, T* y, int64_t count, bool aligned, cudaStream_t stream);
  static void swiglu_backward(const T* dy, const T* gate, const T* up, T* dgate, T* dup, int64_t count, bool aligned,
                              cudaStream_t stream);
  /// Rows of logits become (softmax - one_hot(target)) * scale, and `loss` [rows] the cross entropy; both 0 where the
  /// target is `ignored`. Null `scale`: the loss alone.
  static void softmax_gradient(T* logits, const int64_t* targets, const float* scale, float* loss, int64_t rows,
                               int64_t width, int64_t ignored, bool aligned, cudaStream_t stream);
  /// `partial` [blocks]: sums in fp64, to be added over blocks.
  static void sum_of_squares(const T* x, double* partial, int64_t count, int blocks, bool aligned, cudaStream_t stream);
};

}  // namespace trireme::kernels::cuda
