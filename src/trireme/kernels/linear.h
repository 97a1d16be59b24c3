#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// x W^T for x [..., in] and weight [out, in]; [..., out].
Tensor linear(const Tensor& x, const Tensor& weight);
/// residual + x W^T, in a new tensor.
Tensor linear_add(const Tensor& residual, const Tensor& x, const Tensor& weight);

/// dy W for dy [..., out]: the gradient of x.
Tensor linear_backward_input(const Tensor& dy, const Tensor& weight);
/// dx += dy W.
void linear_backward_input_add_(const Tensor& dx, const Tensor& dy, const Tensor& weight);

/// weight_grad += dy^T x. Under bf16 compute with fp32 gradients the sum over calls is fp32; the product of
/// one call may be rounded to bf16 once.
void linear_backward_weight_(const Tensor& weight_grad, const Tensor& dy, const Tensor& x);

}  // namespace trireme::kernels
