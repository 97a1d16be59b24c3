#pragma once

#include <memory>

#include "trireme/arch/block_shape.h"
#include "trireme/kernels/attention.h"
#include "trireme/kernels/rotary.h"
#include "trireme/model/parts/mlp.h"

namespace trireme::model {

/// Queries, keys and values, their norms, positions and scale, attention, and the projection back to the stream.
class AttentionPart {
 public:
  /// `rotary` is null in families without.
  AttentionPart(const BoundModules& modules, const arch::BlockShape& shape,
                std::shared_ptr<const kernels::RotaryTable> rotary);

  /// `residual` is added where it is defined.
  Tensor forward(Tensor x, const Tensor& residual, layer::Pass& pass, Tape& tape) const;
  /// Gradient of x.
  Tensor backward(const Tensor& dy, const InputAgain& input, layer::Pass& pass, Tape& tape,
                  layer::WeightGradQueue& weight_grads) const;

 private:
  /// [B, S, heads, head_dim] each.
  struct Heads {
    Tensor query, key, value;
  };
  Heads project(const Tensor& x) const;
  Tensor project_backward(const Heads& d, const Tensor& x, layer::WeightGradQueue& weight_grads) const;
  Tensor norm(const Tensor& heads, arch::Module module, Tape& tape) const;
  Tensor norm_backward(const Tensor& dheads, arch::Module module, Tape& tape) const;
  void rotate_(const Heads& heads, const layer::Pass& pass, bool back) const;
  Tensor attend_with_cache(const Heads& heads, layer::KvCache& cache) const;

  Linear linear(arch::Module module) const { return {modules_[module], shape_.transposed}; }
  Tensor split(const Tensor& projected) const;
  kernels::AttentionOptions options(const Tensor& document_starts) const;

  const BoundModules& modules_;
  const arch::BlockShape& shape_;
  std::shared_ptr<const kernels::RotaryTable> rotary_;
  Tensor alibi_slopes_;  // undefined without ALiBi
};

/// Slopes of ALiBi for each of `heads` heads, fp32: 2^(-8 h / n) for a power of two n, else those of the next power,
/// every second first. Source: Press et al., "Train Short, Test Long", 2022, and its reference code.
Tensor alibi_slopes(int64_t heads);

}  // namespace trireme::model
