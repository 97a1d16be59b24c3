#pragma once

#include "trireme/kernels/rotary.h"
#include "trireme/layer/layer.h"

namespace trireme::model {

using at::Tensor;

/// A decoder block of the Llama family: x + attention(norm(x)), then that + swiglu feed-forward(norm(that)),
/// with rotary positions, grouped-query heads and, in Mistral, a sliding window. Source: Touvron et al.,
/// "LLaMA", 2023; "Llama 2", 2023; Jiang et al., "Mistral 7B", 2023.
class LlamaBlock final : public layer::Layer {
 public:
  /// `keep_cheap` false: norm outputs and the product of gate and up are made again in backward (selective
  /// recompute).
  LlamaBlock(arch::LayerSpec spec, const arch::ModelConfig& config, std::shared_ptr<const kernels::RotaryTable> rotary,
             bool keep_cheap);

  std::span<const arch::ParameterSpec> specs() const override { return spec_.parameters; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override;
  Tensor forward(const Tensor& x, layer::Pass& pass) override;
  Tensor backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) override;

 private:
  /// Parameters in the order of specs().
  enum Parameter { kInputNorm, kQuery, kKey, kValue, kOutput, kPostNorm, kGate, kUp, kDown, kNumParameters };
  /// What forward makes and backward reads, as arch::saved_by_block lists it.
  struct Activations;

  void attend(Activations& a, layer::Pass& pass) const;
  Tensor attend_with_cache(const Activations& a, layer::KvCache& cache) const;
  Tensor feed_forward(Activations& a, bool keep) const;
  Tensor feed_forward_backward(const Tensor& dy, Activations& a, layer::WeightGradQueue& weight_grads) const;
  Tensor attend_backward(const Tensor& dy, Activations& a, layer::Pass& pass,
                         layer::WeightGradQueue& weight_grads) const;

  Tensor heads_of(const Tensor& projected) const;
  void add_weight_grad(layer::WeightGradQueue& weight_grads, Parameter p, const Tensor& dy, const Tensor& x) const;

  arch::LayerSpec spec_;
  int64_t head_dim_;
  int64_t window_;
  double eps_;
  bool keep_cheap_;
  std::shared_ptr<const kernels::RotaryTable> rotary_;
  std::vector<Tensor> values_, gradients_;
};

}  // namespace trireme::model
