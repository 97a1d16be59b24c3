#include <ATen/ATen.h>

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cuda/cuda.h"
#include "trireme/kernels/profile.h"
#include "trireme/kernels/reference/attention_parts.h"
#include "trireme/kernels/reference/reference.h"

// Which implementation a call gets: the fused one where the tensors lie as it wants them, else the reference.
namespace trireme::kernels {

namespace {

/// Of a kernel that reads or writes `times` tensors like x.
auto moved(const Tensor& x, int times) {
  return
      [&x, times] { return Work{.flops = 0.0, .bytes = static_cast<double>(times) * static_cast<double>(x.nbytes())}; };
}

}  // namespace

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  const Profiled profiled(Family::kNorms, moved(x, 2));
  const auto tensors = {x, weight};
  return (cpu::takes(tensors)    ? cpu::rms_norm
          : cuda::takes(tensors) ? cuda::rms_norm
                                 : reference::rms_norm)(x, weight, eps);
}

Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight) {
  const Profiled profiled(Family::kNorms, moved(x, 2));
  const auto tensors = {x, weight};
  return (cpu::takes(tensors)    ? cpu::rms_norm_apply
          : cuda::takes(tensors) ? cuda::rms_norm_apply
                                 : reference::rms_norm_apply)(x, rstd, weight);
}

Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad) {
  const Profiled profiled(Family::kNorms, moved(x, dresidual.defined() ? 4 : 3));
  const auto tensors = {dy, x, weight, dresidual};
  return (cpu::takes(tensors)    ? cpu::rms_norm_backward
          : cuda::takes(tensors) ? cuda::rms_norm_backward
                                 : reference::rms_norm_backward)(dy, x, rstd, weight, dresidual, weight_grad);
}

LayerNormResult layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  const Profiled profiled(Family::kNorms, moved(x, 2));
  return reference::layer_norm(x, weight, bias, eps);
}

Tensor layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mean, const Tensor& rstd,
                           const Tensor& weight, const Tensor& dresidual, const Tensor& weight_grad,
                           const Tensor& bias_grad) {
  const Profiled profiled(Family::kNorms, moved(x, dresidual.defined() ? 4 : 3));
  return reference::layer_norm_backward(dy, x, mean, rstd, weight, dresidual, weight_grad, bias_grad);
}

namespace {

void rotate(const Tensor& x, const RotaryTable& rows, bool back) {
  const Profiled profiled(Family::kRotary, moved(x, 2));
  (cpu::takes({x}) ? cpu::rotate_ : cuda::takes({x}) ? cuda::rotate_ : reference::rotate_)(x, rows, back);
}

}  // namespace

void rotary_(const Tensor& x, const RotaryTable& rows) { rotate(x, rows, /*back=*/false); }
void rotary_backward_(const Tensor& dx, const RotaryTable& rows) { rotate(dx, rows, /*back=*/true); }

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  const Profiled profiled(Family::kSwiglu, moved(gate, 3));
  const auto tensors = {gate, up};
  return (cpu::takes(tensors) ? cpu::swiglu : cuda::takes(tensors) ? cuda::swiglu : reference::swiglu)(gate, up);
}

SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up) {
  const Profiled profiled(Family::kSwiglu, moved(gate, 5));
  const auto tensors = {dy, gate, up};
  return (cpu::takes(tensors)    ? cpu::swiglu_backward
          : cuda::takes(tensors) ? cuda::swiglu_backward
                                 : reference::swiglu_backward)(dy, gate, up);
}

namespace {

/// Of `products` products of the scores' size: a query sees itself and what lies before it.
auto attention_work(const Tensor& q, int products) {
  return [&q, products] {
    const double pairs = static_cast<double>(q.numel()) * static_cast<double>(q.size(1) + 1) / 2.0;
    return Work{.flops = 2.0 * products * pairs, .bytes = 0.0};
  };
}

bool attends_fused(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  return options.has_plain_scores() && cpu::takes({q, k, v}) && cpu::attends(q);
}

}  // namespace

AttentionResult attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const Profiled profiled(Family::kAttention, attention_work(q, 2));
  return (attends_fused(q, k, v, options) ? cpu::attention
          : q.is_cuda()                   ? attention_cuda
                                          : attention_cpu)(q, k, v, options);
}

AttentionGradients attention_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttentionResult& result, const AttentionOptions& options) {
  const Profiled profiled(Family::kAttention, attention_work(q, 5));
  return (attends_fused(q, k, v, options) ? cpu::attention_backward
          : q.is_cuda()                   ? attention_cuda_backward
                                          : attention_cpu_backward)(doutput, q, k, v, result, options);
}

void adamw_(const AdamWTensors& tensors, const AdamWOptions& options) {
  const Profiled profiled(Family::kOptimizer, moved(tensors.value, 7));
  const bool fused = tensors.value.scalar_type() == at::kFloat &&
                     cpu::takes({tensors.value, tensors.gradient, tensors.exp_avg, tensors.exp_avg_sq});
  (fused ? cpu::adamw_ : reference::adamw_)(tensors, options);
}

Tensor sum_of_squares(const Tensor& flat) {
  const Profiled profiled(Family::kOptimizer, moved(flat, 1));
  if (cuda::takes({flat})) return cuda::sum_of_squares(flat);
  if (!flat.is_cpu() || !at::isFloatingType(flat.scalar_type())) return reference::sum_of_squares(flat);
  return at::full({}, cpu::sum_of_squares(flat), flat.options().dtype(at::kDouble));
}

}  // namespace trireme::kernels
