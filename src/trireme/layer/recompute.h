#pragma once

#include "trireme/layer/layer.h"

namespace trireme::layer {

/// Keeps a layer's input alone and runs its forward again before its backward, which trades one forward for
/// the memory of its activations. Not for a layer that accumulates in forward: it would do so twice. Source:
/// Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.
class RecomputedLayer final : public Layer {
 public:
  explicit RecomputedLayer(std::unique_ptr<Layer> inner);

  std::span<const arch::ParameterSpec> specs() const override { return inner_->specs(); }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override;
  Tensor forward(const Tensor& x, Pass& pass) override;
  Tensor backward(const Tensor& dy, Pass& pass, WeightGradQueue& weight_grads) override;

 private:
  std::unique_ptr<Layer> inner_;
};

}  // namespace trireme::layer
