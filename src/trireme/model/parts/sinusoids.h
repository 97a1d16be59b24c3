#pragma once

#include <ATen/core/Tensor.h>

namespace trireme::model {

/// Fixed positions, fp64 [positions, width]: row p has sin(p t_i) in its first half and cos(p t_i) in its second, with
/// t_i = 10000^(-i / (n - 1)) for i below n = width / 2. Source: Vaswani et al., "Attention Is All You Need", 2017,
/// section 3.5, as Praxis' PositionalEmbedding has it (praxis/layers/embedding_softmax.py): the paper alternates sines
/// and cosines, and its slowest pair is a step short of 1 / 10000.
/// REQUIRES: width is even.
at::Tensor sinusoids(int64_t positions, int64_t width);

}  // namespace trireme::model
