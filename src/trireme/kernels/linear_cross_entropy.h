#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// Targets with this value don't count.
inline constexpr int64_t kIgnoredIndex = -100;

/// Where the loss goes: negative log likelihood in nats, added up in fp64 on the device.
struct LossSums {
  Tensor total;  // fp64 scalar
  Tensor rows;   // fp64 [B], or undefined
};

/// Asks for gradients. `scale` multiplies each token's loss (scalar); `weight_grad` receives the
/// projection's.
struct LossGradients {
  Tensor scale;
  Tensor weight_grad;
};

/// Projects hidden [B, S, H] by weight [V, H] and adds the cross entropy against targets [B, S] to `sums`, a
/// chunk of rows at a time, so that the logits never exist whole. With `gradients`, each chunk's gradient is
/// made while its logits are there. Returns the gradient of hidden, or an undefined tensor. Softmax and loss
/// are computed in the accumulation dtype. `chunk_rows` = 0 picks about 32 MiB of logits on a CPU,
/// 1 GiB of bf16 ones on a GPU; a CPU that makes logits again (cpu.h) takes rows that fit its cache instead.
Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows = 0);

}  // namespace trireme::kernels
