#pragma once

#include <optional>

#include "trireme/kernels/adamw.h"
#include "trireme/kernels/attention.h"
#include "trireme/kernels/linear_cross_entropy.h"
#include "trireme/kernels/rms_norm.h"
#include "trireme/kernels/rotary.h"
#include "trireme/kernels/swiglu.h"

/// The fused kernels as functions of tensors. Threads are ATen's, and their number changes no bit of a result.
namespace trireme::kernels::cpu {

/// Contiguous fp32 or bf16 in host memory; with several tensors also of one dtype. Undefined tensors don't count.
bool takes(std::initializer_list<Tensor> tensors);

/// Whether `multiply_` is at least as fast as at::mm for a product of `rows` rows in this dtype, here.
bool multiplies(const Tensor& operand, int64_t rows);

/// Whether making a product again takes less time than writing and reading it: with AMX, which outruns the memory.
bool cheap_again(const Tensor& operand);

/// b [k, n] of a product, and the same packed for several products.
struct RightOperand {
  Tensor values, packed;  // packed may be undefined
  RightOperand(const Tensor& values, const Tensor& packed = {}) : values(values), packed(packed) {}
};
/// For products of `rows` rows; not packed where there is no kernel for them.
RightOperand packed(const Tensor& b, int64_t rows);

/// c = addend + a b for a [m, k], b [k, n], c [m, n] with contiguous rows, in fp32 or bf16; `addend` may be c, and
/// nullopt is zeros. Without bf16 or fp32 kernels that pay, the same through at::mm.
void multiply_(const Tensor& c, const Tensor& a, const RightOperand& b, const std::optional<Tensor>& addend);

/// Whether this processor has the products of q's dtype that `attention` is made of.
bool attends(const Tensor& q);
AttentionResult attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options);
AttentionGradients attention_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttentionResult& result, const AttentionOptions& options);

/// Logits of `chunk_rows` rows are kept until their gradients, or made again for them from rows that fit the cache.
enum class Logits { kKept, kMadeAgain };
Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows, Logits logits);

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps);
Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight);
Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad);

void rotate_(const Tensor& x, const RotaryTable& rows, bool back);

Tensor swiglu(const Tensor& gate, const Tensor& up);
SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up);

/// fp32 sum[index[i]] += rows[i], in the order of i.
void add_rows_to_float_(const Tensor& sum, const Tensor& index, const Tensor& rows);
void adamw_(const AdamWTensors& tensors, const AdamWOptions& options);
/// fp32 or fp64, in host memory.
double sum_of_squares(const Tensor& flat);

}  // namespace trireme::kernels::cpu
