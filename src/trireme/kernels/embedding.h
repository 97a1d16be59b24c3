#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// Rows of weight [V, H] for tokens [B, S]; [B, S, H]. On the CPU a token outside the vocabulary is a
/// ConfigError that names it.
Tensor embedding(const Tensor& tokens, const Tensor& weight);

/// weight_grad[token] += dy in token order, so that sums are bitwise equal from run to run (on CUDA only
/// under deterministic algorithms).
void embedding_backward_(const Tensor& weight_grad, const Tensor& dy, const Tensor& tokens);

}  // namespace trireme::kernels
