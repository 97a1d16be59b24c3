#pragma once

#include "trireme/arch/model_config.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// Cosines and sines of rotary position embeddings: fp32 [positions, head_dim / 2], whatever the compute
/// dtype, as in Hugging Face's models. Source: Su et al., "RoFormer", 2021; frequency scaling as in
/// Llama 3.1's reference code.
struct RotaryTable {
  Tensor cos, sin;

  int64_t num_positions() const { return cos.size(0); }
  /// The rows of `positions` (int64, any shape), flattened.
  RotaryTable rows(const Tensor& positions) const;
};

/// Positions 0 to num_positions - 1. Made once for a model and shared by its blocks.
/// Throws ConfigError for an unknown scaling type or an odd head_dim.
RotaryTable make_rotary_table(int64_t head_dim, double theta, const arch::RopeScaling& scaling, int64_t num_positions,
                              at::Device device);

/// Rotates each pair (x[i], x[i + head_dim / 2]) of x [B, S, heads, head_dim] in place; `rows` holds B * S
/// rows.
void rotary_(const Tensor& x, const RotaryTable& rows);
/// The gradient of the rotation is the rotation back, in place.
void rotary_backward_(const Tensor& dx, const RotaryTable& rows);

}  // namespace trireme::kernels
