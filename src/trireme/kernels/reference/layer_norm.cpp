#include "trireme/kernels/layer_norm.h"

#include <ATen/ATen.h>

#include "trireme/kernels/profile.h"

namespace trireme::kernels {
namespace {

auto moved(const Tensor& x, int times) {
  return
      [&x, times] { return Work{.flops = 0.0, .bytes = static_cast<double>(times) * static_cast<double>(x.nbytes())}; };
}

}  // namespace

LayerNormResult layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  const Profiled profiled(Family::kNorms, moved(x, 2));
  const Tensor wide = x.to(accumulation_type(x.scalar_type()));
  const Tensor mean = wide.mean(-1, /*keepdim=*/true);
  const Tensor rstd = (wide - mean).square_().mean(-1, /*keepdim=*/true).add_(eps).rsqrt_();
  return {layer_norm_apply(x, mean, rstd, weight, bias), mean, rstd};
}

Tensor layer_norm_apply(const Tensor& x, const Tensor& mean, const Tensor& rstd, const Tensor& weight,
                        const Tensor& bias) {
  const auto wide = mean.scalar_type();
  const Tensor y = (x.to(wide) - mean).mul_(rstd).mul_(weight.to(wide));
  if (bias.defined()) y.add_(bias.to(wide));
  return y.to(x.scalar_type());
}

Tensor layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mean, const Tensor& rstd,
                           const Tensor& weight, const Tensor& dresidual, const Tensor& weight_grad,
                           const Tensor& bias_grad) {
  const Profiled profiled(Family::kNorms, moved(x, dresidual.defined() ? 4 : 3));
  const auto wide = mean.scalar_type();
  const Tensor wide_dy = dy.to(wide);
  const Tensor normed = (x.to(wide) - mean).mul_(rstd);
  weight_grad.add_(as_rows(wide_dy * normed).sum(0));
  if (bias_grad.defined()) bias_grad.add_(as_rows(wide_dy).sum(0));
  const Tensor scaled = wide_dy * weight.to(wide);
  const Tensor along = (scaled * normed).mean(-1, /*keepdim=*/true);
  const Tensor dx = (scaled - scaled.mean(-1, /*keepdim=*/true)).sub_(normed.mul_(along)).mul_(rstd);
  if (dresidual.defined()) dx.add_(dresidual.to(wide));
  return dx.to(x.scalar_type());
}

}  // namespace trireme::kernels
