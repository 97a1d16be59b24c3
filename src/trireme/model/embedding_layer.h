#pragma once

#include <optional>

#include "trireme/arch/model_config.h"
#include "trireme/model/parts/norm.h"

namespace trireme::model {

/// Looks tokens up, adds positions and segments where the family learns them, scales and norms: the first layer.
class EmbeddingLayer final : public layer::Layer {
 public:
  EmbeddingLayer(const arch::LayerSpec& spec, const arch::ModelConfig& config);

  std::span<const arch::ParameterSpec> specs() const override { return spec_.parameters; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override {
    modules_.bind(values, gradients);
  }
  Tensor forward(const Tensor& x, layer::Pass& pass) override;
  Tensor backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) override;

 private:
  /// What each token's row is multiplied by, [B, S, 1] or a scalar; undefined: nothing.
  Tensor row_scale(const layer::Microbatch& batch) const;

  const arch::LayerSpec spec_;
  BoundModules modules_;
  std::optional<NormPart> norm_;
  double scale_ = 1.0;
  int64_t dropped_token_ = -1;
};

}  // namespace trireme::model
