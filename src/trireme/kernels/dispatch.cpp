#include <ATen/ATen.h>

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/reference/reference.h"

// Which implementation a call gets: the fused one where the tensors lie as it wants them, else the reference.
namespace trireme::kernels {

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  return cpu::takes({x, weight}) ? cpu::rms_norm(x, weight, eps) : reference::rms_norm(x, weight, eps);
}

Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight) {
  return cpu::takes({x, weight}) ? cpu::rms_norm_apply(x, rstd, weight) : reference::rms_norm_apply(x, rstd, weight);
}

Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad) {
  const bool fused = cpu::takes({dy, x, weight, dresidual});
  return (fused ? cpu::rms_norm_backward : reference::rms_norm_backward)(dy, x, rstd, weight, dresidual, weight_grad);
}

void rotary_(const Tensor& x, const RotaryTable& rows) {
  (cpu::takes({x}) ? cpu::rotate_ : reference::rotate_)(x, rows, /*back=*/false);
}

void rotary_backward_(const Tensor& dx, const RotaryTable& rows) {
  (cpu::takes({dx}) ? cpu::rotate_ : reference::rotate_)(dx, rows, /*back=*/true);
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  return cpu::takes({gate, up}) ? cpu::swiglu(gate, up) : reference::swiglu(gate, up);
}

SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up) {
  return (cpu::takes({dy, gate, up}) ? cpu::swiglu_backward : reference::swiglu_backward)(dy, gate, up);
}

void adamw_(const AdamWTensors& tensors, const AdamWOptions& options) {
  const bool fused = tensors.value.scalar_type() == at::kFloat &&
                     cpu::takes({tensors.value, tensors.gradient, tensors.exp_avg, tensors.exp_avg_sq});
  (fused ? cpu::adamw_ : reference::adamw_)(tensors, options);
}

Tensor sum_of_squares(const Tensor& flat) {
  if (!flat.is_cpu() || !at::isFloatingType(flat.scalar_type())) return reference::sum_of_squares(flat);
  return at::full({}, cpu::sum_of_squares(flat), flat.options().dtype(at::kDouble));
}

}  // namespace trireme::kernels
