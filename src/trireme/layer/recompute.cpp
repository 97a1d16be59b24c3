#include "trireme/layer/recompute.h"

#include "trireme/core/check.h"

namespace trireme::layer {

RecomputedLayer::RecomputedLayer(std::unique_ptr<Layer> inner) : inner_(std::move(inner)) {
  TRIREME_CHECK(!inner_->accumulates_in_forward(), "a layer that accumulates in forward can't be run twice");
}

void RecomputedLayer::bind(std::span<const Tensor> values, std::span<const Tensor> gradients) {
  inner_->bind(values, gradients);
}

Tensor RecomputedLayer::forward(const Tensor& x, Pass& pass) {
  if (pass.saved) pass.saved->tensors = {x};
  Pass without_saving{pass.batch, nullptr, pass.cache, pass.sums};
  return inner_->forward(x, without_saving);
}

Tensor RecomputedLayer::backward(const Tensor& dy, Pass& pass, WeightGradQueue& weight_grads) {
  const Tensor x = std::move(pass.saved->tensors.at(0));
  pass.saved->tensors.clear();
  Saved saved;
  StepSums counted_before;
  Pass again{pass.batch, &saved, nullptr, &counted_before};
  inner_->forward(x, again);
  return inner_->backward(dy, again, weight_grads);
}

}  // namespace trireme::layer
