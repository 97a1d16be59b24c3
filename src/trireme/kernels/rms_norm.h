#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// `rstd` is 1 / sqrt(mean(x^2) + eps) by row, [..., 1], in the accumulation dtype.
struct RmsNormResult {
  Tensor y, rstd;
};

/// y = x * rstd * weight over the last dimension. Statistics in the accumulation dtype, y in x's dtype.
/// Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps);

/// y again, bitwise, from the saved statistics.
Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight);

/// Gradient of x, plus `dresidual` where defined: the gradient that reaches x around the norm. Adds the
/// weight's gradient to `weight_grad`, where that is defined, in the same pass.
Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad);

}  // namespace trireme::kernels
