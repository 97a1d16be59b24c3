#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// Targets with this value don't count.
inline constexpr int64_t kIgnoredTarget = -100;

/// Where the loss goes: negative log likelihood in nats, added up in fp64 on the device.
struct LossSums {
  Tensor total;            // fp64 scalar
  Tensor rows;             // fp64 [B], or undefined
  Tensor divergence = {};  // fp64 scalar, with a Distillation: of the teacher, see there
};

/// From hidden states to logits: c tanh((hidden weight^T + bias) / c).
struct Projection {
  Tensor weight;         // [V, H]
  Tensor bias = {};      // [V], or undefined
  double softcap = 0.0;  // c; 0: the logits as they are

  Projection() = default;
  Projection(Tensor of_weight, Tensor of_bias = {}, double cap = 0.0)
      : weight(std::move(of_weight)), bias(std::move(of_bias)), softcap(cap) {}
  bool is_plain() const { return !bias.defined() && softcap == 0; }
};

/// Logits that are not made yet.
struct Unprojected {
  Tensor hidden;  // [B, S, H]
  Projection projection;
};

/// Draws each counted row's distribution towards a teacher's (Hinton et al., arXiv:1503.02531). The row's loss becomes
///
///     (1 - a) cross entropy + a T^2 KL(teacher || student),
///
/// where the divergence is of softmax(logits / T) over the first `vocabulary` ids of both. T^2 keeps its gradient's
/// size as T grows.
struct Distillation {
  Unprojected teacher;       // of the same rows; H and V may differ from the student's
  double temperature = 1.0;  // T
  double weight = 0.0;       // a
  int64_t vocabulary = 0;    // at most the smaller V
};

/// Asks for gradients. `scale` multiplies each token's loss (scalar); `weight_grad` and `bias_grad` receive the
/// projection's where they are defined. `distillation` may be null.
struct LossGradients {
  Tensor scale;
  Tensor weight_grad = {};
  Tensor bias_grad = {};
  const Distillation* distillation = nullptr;
};

/// Logits [..., V] of hidden [..., H].
Tensor project(const Tensor& hidden, const Projection& projection);

/// Projects hidden [B, S, H] and adds the cross entropy against targets [B, S] to `sums`, a chunk of rows at a time, so
/// that the logits never exist whole. With `gradients`, each chunk's gradient is made while its logits are there.
/// Returns the gradient of hidden, or an undefined tensor. Softmax and loss are computed in the accumulation dtype.
///
/// With a distillation the gradients are those of its loss, and its divergence, in nats and without factors, goes to
/// `sums.divergence`; `sums.total` is the cross entropy all the same. `chunk_rows` = 0 picks at most 32 MiB of logits
/// on a CPU, 1 GiB of bf16 ones on a GPU; a CPU that makes logits again (cpu.h) takes rows that fit its cache instead.
Tensor linear_cross_entropy(const Tensor& hidden, const Projection& projection, const Tensor& targets,
                            const LossSums& sums, const LossGradients* gradients, int64_t chunk_rows = 0);

}  // namespace trireme::kernels
