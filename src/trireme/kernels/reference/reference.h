#pragma once

#include "trireme/kernels/adamw.h"
#include "trireme/kernels/layer_norm.h"
#include "trireme/kernels/linear_cross_entropy.h"
#include "trireme/kernels/rms_norm.h"
#include "trireme/kernels/rotary.h"
#include "trireme/kernels/swiglu.h"

/// The kernels written over ATen: any device, any dtype. What the fused ones are tested against.
namespace trireme::kernels::reference {

Tensor linear(const Tensor& x, const Tensor& weight);
Tensor linear_add(const Tensor& residual, const Tensor& x, const Tensor& weight);
Tensor linear_backward_input(const Tensor& dy, const Tensor& weight);
void linear_backward_input_add_(const Tensor& dx, const Tensor& dy, const Tensor& weight);
void linear_backward_weight_(const Tensor& weight_grad, const Tensor& dy, const Tensor& x);

Tensor linear_cross_entropy(const Tensor& hidden, const Projection& projection, const Tensor& targets,
                            const LossSums& sums, const LossGradients* gradients, int64_t chunk_rows);

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps);
Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight);
Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad);

LayerNormResult layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps);
Tensor layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mean, const Tensor& rstd,
                           const Tensor& weight, const Tensor& dresidual, const Tensor& weight_grad,
                           const Tensor& bias_grad);

void rotate_(const Tensor& x, const RotaryTable& rows, bool back);

void adamw_(const AdamWTensors& tensors, const AdamWOptions& options);
Tensor sum_of_squares(const Tensor& flat);

Tensor swiglu(const Tensor& gate, const Tensor& up);
SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up);

}  // namespace trireme::kernels::reference
