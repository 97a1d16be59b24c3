#pragma once

#include "trireme/layer/layer.h"

namespace trireme::model {

using at::Tensor;

/// Looks tokens up: the first layer of a decoder.
class EmbeddingLayer final : public layer::Layer {
 public:
  explicit EmbeddingLayer(arch::LayerSpec spec) : spec_(std::move(spec)) {}

  std::span<const arch::ParameterSpec> specs() const override { return spec_.parameters; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override;
  Tensor forward(const Tensor& x, layer::Pass& pass) override;
  Tensor backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) override;

 private:
  arch::LayerSpec spec_;
  Tensor weight_, weight_grad_;
};

}  // namespace trireme::model
