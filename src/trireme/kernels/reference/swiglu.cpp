#include "trireme/kernels/reference/reference.h"

#include <ATen/ATen.h>

namespace trireme::kernels::reference {

Tensor swiglu(const Tensor& gate, const Tensor& up) { return at::silu(gate).mul_(up); }

SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up) {
  return {at::silu_backward(dy * up, gate), at::silu(gate).mul_(dy)};
}

}  // namespace trireme::kernels::reference
