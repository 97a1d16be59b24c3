#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// silu(gate) * up. Source: Shazeer, "GLU Variants Improve Transformer", 2020.
Tensor swiglu(const Tensor& gate, const Tensor& up);

struct SwigluGradients {
  Tensor gate, up;
};
SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up);

}  // namespace trireme::kernels
