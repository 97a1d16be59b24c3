#include "trireme/kernels/reference/reference.h"

#include <ATen/ATen.h>

namespace trireme::kernels::reference {

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  const Tensor wide = x.to(accumulation_type(x.scalar_type()));
  const Tensor rstd = wide.square().mean(-1, /*keepdim=*/true).add_(eps).rsqrt_();
  return {rms_norm_apply(x, rstd, weight), rstd};
}

Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight) {
  return at::mul(x, rstd).mul_(weight).to(x.scalar_type());
}

Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad) {
  // With n = x * rstd and g = dy * weight: dx = rstd * (g - n * mean(g * n)).
  const Tensor normed = at::mul(x, rstd);
  Tensor dx = at::mul(dy, normed);
  if (weight_grad.defined()) Tensor(weight_grad).add_(as_rows(dx).sum(0));
  const Tensor mean = dx.mul_(weight).mean(-1, /*keepdim=*/true);
  dx = at::mul(dy, weight).sub(normed * mean).mul_(rstd);
  if (dresidual.defined()) dx.add_(dresidual);
  return dx.to(x.scalar_type());
}

}  // namespace trireme::kernels::reference
