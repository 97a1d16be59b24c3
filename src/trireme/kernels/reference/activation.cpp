#include "trireme/kernels/activation.h"

#include <ATen/ATen.h>

namespace trireme::kernels {

using arch::Activation;

namespace {

const char* approximation(Activation activation) { return activation == Activation::kGeluTanh ? "tanh" : "none"; }

}  // namespace

Tensor activate(const Tensor& x, Activation activation) {
  return activation == Activation::kSilu ? at::silu(x) : at::gelu(x, approximation(activation));
}

Tensor activate_backward(const Tensor& dy, const Tensor& x, Activation activation) {
  return activation == Activation::kSilu ? at::silu_backward(dy, x)
                                         : at::gelu_backward(dy, x, approximation(activation));
}

Tensor gated_activation(const Tensor& gate, const Tensor& up, Activation activation) {
  return activation == Activation::kSilu ? swiglu(gate, up) : activate(gate, activation).mul_(up);
}

SwigluGradients gated_activation_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                          Activation activation) {
  if (activation == Activation::kSilu) return swiglu_backward(dy, gate, up);
  return {activate_backward(dy * up, gate, activation), activate(gate, activation).mul_(dy)};
}

}  // namespace trireme::kernels
