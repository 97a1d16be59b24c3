#pragma once

#include "trireme/layer/layer.h"

namespace trireme::model {

using at::Tensor;

/// Final norm, projection to the vocabulary and cross entropy: the last layer of a decoder. The logits of a
/// training pass never exist whole, so forward makes all gradients of this layer and keeps that of its input
/// alone.
class HeadLayer final : public layer::Layer {
 public:
  HeadLayer(arch::LayerSpec spec, double eps) : spec_(std::move(spec)), eps_(eps) {}

  std::span<const arch::ParameterSpec> specs() const override { return spec_.parameters; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override;
  Tensor forward(const Tensor& x, layer::Pass& pass) override;
  Tensor backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) override;
  bool accumulates_in_forward() const override { return true; }

 private:
  arch::LayerSpec spec_;
  double eps_;
  Tensor norm_, projection_;
  Tensor norm_grad_, projection_grad_;
};

}  // namespace trireme::model
