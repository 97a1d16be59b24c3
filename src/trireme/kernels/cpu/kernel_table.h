#pragma once

#include <cstdint>

#include "trireme/kernels/cpu/isa.h"

/// The fused kernels over raw pointers. No PyTorch here: the same loops are compiled once for each instruction set,
/// each into its own table. All tensors are contiguous unless a stride says otherwise, and arithmetic is fp32.
namespace trireme::kernels::cpu {

struct Bf16 {
  uint16_t bits;
};

/// See kernels/rms_norm.h. `weight_grad` [width] is written, not added to: the caller sums its pieces in a fixed order.
template <class T>
struct RmsNormBackward {
  const T *dy, *x;
  const float* rstd;
  const T *weight, *dresidual;  // dresidual may be null
  T* dx;
  float* weight_grad;
  int64_t rows, width;
};

/// Logits [vocab, rows] of a block of the vocabulary, `stride` elements from one token to the next. A lane is a row, so
/// nothing is summed across lanes.
template <class T>
struct SoftmaxBlock {
  T* logits;
  int64_t vocab, rows, stride;
};

/// A block of attention, all [keys, queries] with `stride` elements from one key to the next. A score that a query may
/// not see is -infinity; each query sees at least one.
inline constexpr int64_t kAttentionQueries = 64;  // at most
template <class T>
struct AttentionBlock {
  float* scores;  // q k^T; the probabilities' kernel overwrites them
  int64_t keys, queries, stride;
  float scale;       // of the scores
  float* logsumexp;  // [queries], of scaled scores: written with the probabilities, read for the gradients
  T* probabilities;
  // For the gradients alone:
  const float* probability_gradients;
  const float* delta;  // [queries], the product of output and its gradient
  T* score_gradients;
};

/// C = addend + A B, C [m, n] of row stride ldc. A is [m, k], B [k, n]; of each, one stride is 1. `addend` lies like C
/// and may be C; null: zeros. Sums are fp32 and round once to C's type.
struct Gemm {
  struct Operand {
    const void* data;
    int64_t outer_stride, k_stride;  // along m or n, and along k
  };
  int64_t m = 0, n = 0, k = 0;
  Operand a{}, b{};
  void* c = nullptr;
  const void* addend = nullptr;
  int64_t ldc = 0;
  bool c_is_bf16 = false;
  float* workspace = nullptr;       // gemm_workspace floats, 64-byte aligned
  const float* packed_b = nullptr;  // what pack_b of the same table wrote for this n, k and b, or null
};

/// Both null where there are no vectors for the type. cpu.h says where at::mm is taken all the same.
struct ProductKernels {
  void (*gemm)(const Gemm& call);
  /// b for several products: gemm_packed_b floats, 64-byte aligned.
  void (*pack_b)(const Gemm& call, float* to);
};

/// Kernels by element type of their tensors; statistics and weight gradients are fp32.
template <class T>
struct ElementKernels {
  void (*rms_norm)(const T* x, const T* weight, double eps, float* rstd, T* y, int64_t rows, int64_t width);
  void (*rms_norm_apply)(const T* x, const float* rstd, const T* weight, T* y, int64_t rows, int64_t width);
  void (*rms_norm_backward)(const RmsNormBackward<T>& call);
  /// x [tokens, heads, 2 * half] by cos and sin [tokens, half], in place; `sign` 1 rotates, -1 rotates back.
  void (*rotate)(T* x, const float* cos, const float* sin, float sign, int64_t tokens, int64_t heads, int64_t half);
  void (*swiglu)(const T* gate, const T* up, T* y, int64_t count);
  void (*swiglu_backward)(const T* dy, const T* gate, const T* up, T* dgate, T* dup, int64_t count);
  /// `largest` of each row grows to that of the block, whose logits become exp(logit - largest); `sum` is theirs.
  void (*softmax_exponentials)(const SoftmaxBlock<T>& block, float* largest, float* sum);
  /// Logits become exp(logit - logsumexp) * scale.
  void (*softmax_scaled)(const SoftmaxBlock<T>& block, const float* logsumexp, const float* scale);
  /// Softmax over keys.
  void (*attention_probabilities)(const AttentionBlock<T>& block);
  /// Probabilities again, from logsumexp, and the gradients of unscaled scores.
  void (*attention_score_gradients)(const AttentionBlock<T>& block);
  float (*dot)(const T* a, const T* b, int64_t count);
  /// sum += x.
  void (*add_to_float)(float* sum, const T* x, int64_t count);
  void (*from_float)(const float* x, T* y, int64_t count);
  ProductKernels product;
  ProductKernels block_product;  // the same for operands that meet few rows or columns, as in attention
};

/// One update of `count` elements, kernels/adamw.h; step_size and denominator_scale hold the bias corrections.
struct AdamWStep {
  float *value, *exp_avg, *exp_avg_sq;
  const float* gradient;
  int64_t count;
  float gradient_divisor;
  float beta1, beta2, decay_factor, step_size, denominator_scale, eps;
};

struct KernelTable {
  ElementKernels<float> fp32;
  ElementKernels<Bf16> bf16;
  void (*adamw)(const AdamWStep& step);
  /// In fp64, eight partial sums by element index, so the same bits on every instruction set.
  double (*sum_of_squares)(const float* values, int64_t count);
};

/// Floats that a Gemm packs at a time: a strip of A, and columns of B, which fill a second-level cache.
inline constexpr int64_t kGemmDepth = 384;                  // at most, words of k in a strip: one fp32 or two bf16
inline constexpr int64_t kGemmLeastDepth = 96;              // of k in a strip that is not the last
inline constexpr int64_t kGemmRowStride = kGemmDepth + 16;  // of packed A: no power of two, which would thrash a set
inline constexpr int64_t kGemmTile = 32;                    // at most, rows or columns
inline constexpr int64_t kGemmPackedA = kGemmTile * kGemmRowStride;
inline constexpr int64_t kGemmPackedB = 512 * kGemmDepth;
/// Floats of scratch: partial sums are kept apart from a C in bf16 where k has more than one strip.
constexpr int64_t gemm_workspace(int64_t m, int64_t n, int64_t k, bool c_is_bf16) {
  const auto padded = [](int64_t extent) { return (extent + kGemmTile - 1) / kGemmTile * kGemmTile; };
  const int64_t most = kGemmPackedB / kGemmLeastDepth, columns = padded(n) < most ? padded(n) : most;
  return kGemmPackedA + kGemmPackedB + (c_is_bf16 && k > kGemmLeastDepth ? padded(m) * columns : 0);
}

/// Floats that ProductKernels::pack_b writes, at most.
constexpr int64_t gemm_packed_b(int64_t n, int64_t k) { return (n + kGemmTile) * (k + kGemmTile) * 3 / 2; }

/// REQUIRES: runs(isa).
const KernelTable& table_of(Isa isa);
/// That of chosen_isa().
const KernelTable& table();

}  // namespace trireme::kernels::cpu
