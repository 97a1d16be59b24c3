#include "trireme/kernels/reference/reference.h"

#include <ATen/ATen.h>

namespace trireme::kernels::reference {
namespace {

std::optional<Tensor> widened(const Tensor& bias, at::ScalarType wide) {
  return bias.defined() ? std::optional(bias.to(wide)) : std::nullopt;
}

}  // namespace

LayerNormResult layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  const auto wide = accumulation_type(x.scalar_type());
  auto [y, mean, rstd] = at::native_layer_norm(x.to(wide), weight.sizes(), weight.to(wide), widened(bias, wide), eps);
  return {y.to(x.scalar_type()), mean, rstd};
}

Tensor layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mean, const Tensor& rstd,
                           const Tensor& weight, const Tensor& dresidual, const Tensor& weight_grad,
                           const Tensor& bias_grad) {
  const auto wide = mean.scalar_type();
  const Tensor wide_weight = weight.to(wide);  // the bias is read for its shape alone
  const auto [dx, dweight, dbias] =
      at::native_layer_norm_backward(dy.to(wide), x.to(wide), weight.sizes(), mean, rstd, wide_weight,
                                     /*bias=*/wide_weight, {true, weight_grad.defined(), bias_grad.defined()});
  if (weight_grad.defined()) weight_grad.add_(dweight);
  if (bias_grad.defined()) bias_grad.add_(dbias);
  if (dresidual.defined()) dx.add_(dresidual);
  return dx.to(x.scalar_type());
}

}  // namespace trireme::kernels::reference
