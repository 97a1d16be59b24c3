#pragma once

#include "trireme/arch/block_shape.h"
#include "trireme/kernels/swiglu.h"

namespace trireme::kernels {

/// silu, or GELU exact and by tanh. Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
Tensor activate(const Tensor& x, arch::Activation activation);
Tensor activate_backward(const Tensor& dy, const Tensor& x, arch::Activation activation);

/// activate(gate) * up.
Tensor gated_activation(const Tensor& gate, const Tensor& up, arch::Activation activation);
SwigluGradients gated_activation_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                          arch::Activation activation);

}  // namespace trireme::kernels
