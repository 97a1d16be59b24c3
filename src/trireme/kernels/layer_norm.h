#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// `mean` and `rstd` = 1 / sqrt(variance + eps) by row, [..., 1], in the accumulation dtype.
struct LayerNormResult {
  Tensor y, mean, rstd;
};

/// y = (x - mean) * rstd * weight + bias over the last dimension; `bias` may be undefined. Computed in the accumulation
/// dtype, y in x's dtype. Source: Ba et al., "Layer Normalization", 2016.
LayerNormResult layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps);

/// Gradient of x, plus `dresidual` where defined. Adds the gradients of weight and bias to theirs, where those are
/// defined.
Tensor layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mean, const Tensor& rstd,
                           const Tensor& weight, const Tensor& dresidual, const Tensor& weight_grad,
                           const Tensor& bias_grad);

}  // namespace trireme::kernels
