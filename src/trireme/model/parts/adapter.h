#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::model {

using at::Tensor;

/// What arch::Lora adds to a linear: scale B A x, with A [rank, in] and B [out, rank] as their unit bound them. All
/// undefined on a linear that is not adapted.
struct Adapter {
  Tensor a, b, a_grad, b_grad;
  double scale = 0.0;

  bool on() const { return a.defined(); }
  /// y + scale B A x.
  Tensor forward(const Tensor& y, const Tensor& x) const;
  /// dx += scale A^T B^T dy.
  void backward_input_add_(const Tensor& dx, const Tensor& dy) const;
  void add_gradients(const Tensor& dy, const Tensor& x) const;

 private:
  /// scale A x.
  Tensor down(const Tensor& x) const;
  /// Its gradient, times scale.
  Tensor down_backward(const Tensor& dy) const;
};

}  // namespace trireme::model
