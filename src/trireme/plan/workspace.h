#pragma once

#include <cstdint>

#include "trireme/arch/activations.h"
#include "trireme/plan/units.h"

namespace trireme::plan {

/// Bytes that the kernels of one layer hold beyond parameters, gradients and what `Saved` lists, at the worst
/// moment of a call with `tokens` tokens. They follow model/blocks.cpp, model/head_layer.cpp and
/// kernels/reference/.

/// Backward of a block: gradients of activations, what is made again, and products in another dtype than that of
/// `gradients`.
int64_t block_backward_workspace(const arch::ModelConfig& config, arch::Recompute recompute, int64_t tokens,
                                 const Dtypes& dtypes, DType gradients);
/// Forward of the head, which makes the gradients too: its input, the normed input and their gradients, and
/// a chunk of logits for each of a processor's `threads`.
int64_t head_forward_workspace(const arch::ModelConfig& config, int64_t tokens, int64_t threads, const Dtypes& dtypes,
                               DType gradients);
/// What a teacher adds to that: a chunk of its logits, and both models' distributions of it. The chunk has fewer rows
/// then.
int64_t distillation_workspace(const arch::ModelConfig& student, const arch::ModelConfig& teacher, int64_t tokens,
                               const Dtypes& dtypes);

}  // namespace trireme::plan
