#pragma once

#include "trireme/arch/block_shape.h"
#include "trireme/kernels/swiglu.h"

namespace trireme::kernels {

// Element by element: tensors of one call have one shape, any, and one dtype, which the results have too.

/// silu, or GELU exact and by tanh. Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
Tensor activate(const Tensor& x, arch::Activation activation);
/// Gradient of x.
Tensor activate_backward(const Tensor& dy, const Tensor& x, arch::Activation activation);

/// activate(gate) * up.
Tensor gated_activation(const Tensor& gate, const Tensor& up, arch::Activation activation);
/// Of gate and up.
SwigluGradients gated_activation_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                          arch::Activation activation);

}  // namespace trireme::kernels
