#pragma once

#include "trireme/layer/layer.h"

namespace trireme::layer {

/// The sum, not the mean, of the losses of a microbatch's counted targets: a scalar, from the last module's result.
using LossFunction = std::function<Tensor(const Tensor& y, const Microbatch& batch)>;

/// The last layer of a user's model: no parameters, the gradient through autograd. The step divides by the number of
/// targets in the whole global batch that differ from kIgnoredTarget, so a function that leaves those out (as
/// cross_entropy with its default ignore_index does) gives the same mean in every layout.
/// Without sums it returns its input. Errors of the function are ConfigErrors.
class LossLayer final : public Layer {
 public:
  explicit LossLayer(LossFunction loss) : loss_(std::move(loss)) {}

  std::span<const arch::ParameterSpec> specs() const override { return {}; }
  void bind(std::span<const Tensor>, std::span<const Tensor>) override {}
  Tensor forward(const Tensor& x, Pass& pass) override;
  Tensor backward(const Tensor& dy, Pass& pass, WeightGradQueue& weight_grads) override;

 private:
  LossFunction loss_;
};

}  // namespace trireme::layer
