#pragma once

#include <optional>

#include "trireme/arch/model_config.h"
#include "trireme/model/parts/norm.h"

namespace trireme::model {

/// Looks tokens up and scales them, adds positions, learned or sinusoidal, and segments, and norms: the first layer.
class EmbeddingLayer final : public layer::Layer {
 public:
  /// `max_positions` are the rows of a sinusoidal table.
  EmbeddingLayer(const arch::LayerSpec& spec, const arch::ModelConfig& config, int64_t max_positions);

  std::span<const arch::ParameterSpec> specs() const override { return spec_.parameters; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override {
    modules_.bind(values, gradients);
  }
  Tensor forward(const Tensor& x, layer::Pass& pass) override;
  Tensor backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) override;

 private:
  /// What each token's row is multiplied by, [B, S, 1] or a scalar; undefined: nothing.
  Tensor row_scale(const layer::Microbatch& batch) const;
  /// The table of positions that is added: learned, or fixed and like the weights; undefined: none.
  const Tensor& positions();

  const arch::LayerSpec spec_;
  BoundModules modules_;
  std::optional<NormPart> norm_;
  Tensor sinusoids_;
  int64_t sinusoid_rows_ = 0;  // 0: the family has none
  double scale_ = 1.0;
  int64_t dropped_token_ = -1;
};

}  // namespace trireme::model
