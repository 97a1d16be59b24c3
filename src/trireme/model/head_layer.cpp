#include "trireme/model/head_layer.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/kernels/linear.h"
#include "trireme/kernels/linear_cross_entropy.h"
#include "trireme/kernels/rms_norm.h"

namespace trireme::model {

static_assert(layer::kIgnoredTarget == kernels::kIgnoredIndex);

void HeadLayer::bind(std::span<const Tensor> values, std::span<const Tensor> gradients) {
  TRIREME_CHECK(values.size() == 2 && gradients.size() == 2, "{} has two parameters", spec_.name);
  norm_ = values[0];
  projection_ = values[1];
  norm_grad_ = gradients[0];
  projection_grad_ = gradients[1];
}

Tensor HeadLayer::forward(const Tensor& x, layer::Pass& pass) {
  at::AutoDispatchBelowAutograd no_autograd;
  const auto [normed, rstd] = kernels::rms_norm(x, norm_, eps_);
  if (!pass.sums) return kernels::linear(normed, projection_);

  const kernels::LossSums sums{pass.sums->loss, pass.sums->row_loss};
  if (!pass.saved) {
    kernels::linear_cross_entropy(normed, projection_, pass.batch.targets, sums, nullptr);
    return {};
  }
  TRIREME_CHECK(projection_grad_.defined() && norm_grad_.defined(), "{}: bind gradients before forward", spec_.name);
  const kernels::LossGradients gradients{pass.batch.loss_scale, projection_grad_};
  const Tensor dnormed = kernels::linear_cross_entropy(normed, projection_, pass.batch.targets, sums, &gradients);
  pass.saved->tensors = {kernels::rms_norm_backward(dnormed, x, rstd, norm_, /*dresidual=*/{}, norm_grad_)};
  return {};
}

Tensor HeadLayer::backward(const Tensor&, layer::Pass& pass, layer::WeightGradQueue&) {
  Tensor dx = std::move(pass.saved->tensors.at(0));
  pass.saved->tensors.clear();
  return dx;
}

}  // namespace trireme::model
