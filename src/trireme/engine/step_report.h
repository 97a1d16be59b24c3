#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace trireme::engine {

/// What one step found. Tensors are scalars on the device, equal on all ranks; reading one waits for it, so the log
/// reads them a step later.
struct StepReport {
  int64_t step = 0;  // counted from 1
  int64_t tokens_seen = 0;
  double learning_rate = 0.0;
  double data_seconds = 0.0;  // this rank waited for its microbatches
  double comm_seconds = 0.0;  // this rank waited for collectives; NaN where a device waits and the host does not
  at::Tensor loss;            // fp64: mean over the valid tokens of the global batch, at the weights before the update
  at::Tensor distill_loss;    // fp64: the same of the KL divergence from the teacher; undefined without one
  at::Tensor grad_norm;       // fp64: before clipping
  at::Tensor skipped;         // fp32: 1 when the update was skipped
};

/// What an evaluation found, equal on all ranks.
struct Evaluation {
  double loss = 0.0;    // mean over the targets
  int64_t targets = 0;  // that counted, of all ranks
};

}  // namespace trireme::engine
