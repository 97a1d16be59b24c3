#pragma once

#include "trireme/kernels/linear_cross_entropy.h"
#include "trireme/kernels/rms_norm.h"
#include "trireme/kernels/rotary.h"
#include "trireme/kernels/swiglu.h"

/// The fused kernels of a GPU as functions of tensors, on its current stream. The same bits from run to run.
namespace trireme::kernels::cuda {

/// Contiguous fp32 or bf16 on a GPU; with several tensors also of one dtype. Undefined tensors don't count. Without
/// CUDA no tensor is.
bool takes(std::initializer_list<Tensor> tensors);

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps);
Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight);
Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad);

void rotate_(const Tensor& x, const RotaryTable& rows, bool back);

Tensor swiglu(const Tensor& gate, const Tensor& up);
SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up);

/// A target outside the vocabulary makes the loss NaN.
Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows);

Tensor sum_of_squares(const Tensor& flat);

}  // namespace trireme::kernels::cuda
