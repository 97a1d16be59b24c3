#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// x, or x in fp32 where it is bf16 and this processor has no vector instructions for it: ATen's product of
/// bf16 matrices then runs at a seventh of the speed of fp32. The values are the same, and the product is
/// rounded once.
Tensor matmul_operand(const Tensor& x);

}  // namespace trireme::kernels
