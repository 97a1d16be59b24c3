#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// Flat tensors of one length and dtype, fp32 or fp64: weights and their state, stepped in place.
struct AdamWTensors {
  Tensor value, gradient, exp_avg, exp_avg_sq;
};

/// Scalars on the device are fp32, so that nothing waits for it.
struct AdamWOptions {
  double beta1, beta2, eps, weight_decay;
  Tensor learning_rate;
  Tensor updates;           // updates made, this one included; [1]
  Tensor gradient_divisor;  // gradients are divided by it; undefined: as they are
  Tensor skip;              // 1: leave everything as it is; 0: update
};

/// One update of AdamW: https://arxiv.org/abs/1711.05101. May overwrite the gradient.
void adamw_(const AdamWTensors& tensors, const AdamWOptions& options);

/// Sum of squares of a flat tensor, fp64 scalar on its device. On the CPU the same bits for any number of threads.
Tensor sum_of_squares(const Tensor& flat);

}  // namespace trireme::kernels
