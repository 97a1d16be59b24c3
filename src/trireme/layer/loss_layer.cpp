#include "trireme/layer/loss_layer.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/layer/autograd_call.h"

namespace trireme::layer {

Tensor LossLayer::forward(const Tensor& x, Pass& pass) {
  if (!pass.sums) return x;
  TRIREME_CHECK(!pass.sums->row_loss.defined(), "a loss function gives one sum, not one for each row");
  const bool record = pass.saved != nullptr;
  const Tensor y = record ? x.detach().requires_grad_() : x;
  const Tensor loss = call_function("the loss function", record, [&] { return loss_(y, pass.batch); });
  if (loss.numel() != 1) {
    throw ConfigError(
        format("the loss function returned {} numbers, not one: return the sum over the microbatch", loss.numel()));
  }
  pass.sums->loss.add_(loss.detach().to(at::kDouble).sum());
  if (record) pass.saved->tensors = {y, loss};
  return {};
}

Tensor LossLayer::backward(const Tensor&, Pass& pass, WeightGradQueue&) {
  const std::vector<Tensor> saved = std::move(pass.saved->tensors);
  pass.saved->tensors.clear();
  const Tensor& loss = saved.at(1);
  const Tensor scale = pass.batch.loss_scale.to(loss.scalar_type()).expand_as(loss);
  return gradients_of("the loss function", loss, {saved[0]}, scale).at(0);
}

}  // namespace trireme::layer
