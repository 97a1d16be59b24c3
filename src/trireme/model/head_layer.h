#pragma once

#include <optional>

#include "trireme/arch/model_config.h"
#include "trireme/kernels/linear_cross_entropy.h"
#include "trireme/model/parts/norm.h"

namespace trireme::model {

/// Final norm, in encoders a dense layer with activation and norm, then the projection to the vocabulary and cross
/// entropy: the last layer. The logits of a training pass never exist whole, so forward makes all gradients of this
/// layer and keeps that of its input alone. A bare encoder's head holds the pooler's weights and hands hidden states
/// on.
class HeadLayer final : public layer::Layer {
 public:
  HeadLayer(const arch::LayerSpec& spec, const arch::ModelConfig& config);

  std::span<const arch::ParameterSpec> specs() const override { return spec_.parameters; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override {
    modules_.bind(values, gradients);
  }
  /// Throws ConfigError when a bare encoder is asked for a loss.
  Tensor forward(const Tensor& x, layer::Pass& pass) override;
  Tensor backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) override;
  bool accumulates_in_forward() const override { return true; }

 private:
  /// What is projected.
  Tensor hidden(const Tensor& x, Tape& tape) const;
  Tensor hidden_backward(const Tensor& dhidden, Tape& tape) const;
  bool has(arch::Module module) const;
  bool is_frozen(arch::Module module) const;

  const arch::LayerSpec spec_;
  BoundModules modules_;
  std::optional<NormPart> norm_, transform_norm_;
  arch::Activation activation_;
  double softcap_;
};

}  // namespace trireme::model
