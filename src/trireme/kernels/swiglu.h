#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

// Element by element: tensors of one call have one shape, any, and one dtype, which the results have too.

/// silu(gate) * up. Source: Shazeer, "GLU Variants Improve Transformer", 2020.
Tensor swiglu(const Tensor& gate, const Tensor& up);

struct SwigluGradients {
  Tensor gate, up;
};
/// `dy` is the gradient of swiglu(gate, up).
SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up);

}  // namespace trireme::kernels
