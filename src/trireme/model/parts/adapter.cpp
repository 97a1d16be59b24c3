#include "trireme/model/parts/adapter.h"

#include <ATen/ATen.h>

#include "trireme/kernels/linear.h"

namespace trireme::model {

Tensor Adapter::down(const Tensor& x) const { return kernels::linear(x, a).mul_(scale); }

Tensor Adapter::down_backward(const Tensor& dy) const { return kernels::linear_backward_input(dy, b).mul_(scale); }

Tensor Adapter::forward(const Tensor& y, const Tensor& x) const { return kernels::linear_add(y, down(x), b); }

void Adapter::backward_input_add_(const Tensor& dx, const Tensor& dy) const {
  kernels::linear_backward_input_add_(dx, down_backward(dy), a);
}

// The narrow products are made again: each is a rank wide, and keeping them would hold memory through the whole step.
void Adapter::add_gradients(const Tensor& dy, const Tensor& x) const {
  kernels::linear_backward_weight_(a_grad, down_backward(dy), x);
  kernels::linear_backward_weight_(b_grad, dy, down(x));
}

}  // namespace trireme::model
