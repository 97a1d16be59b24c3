#include "trireme/model/parts/bound_modules.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/kernels/linear.h"

namespace trireme::model {

void BoundModules::bind(std::span<const Tensor> values, std::span<const Tensor> gradients) {
  TRIREME_CHECK(values.size() == spec_.parameters.size() && gradients.size() == values.size(),
                "{} has {} parameters; bound are {} values, {} gradients", spec_.name, spec_.parameters.size(),
                values.size(), gradients.size());
  for (size_t i = 0; i < values.size(); ++i) {
    BoundModule& module = modules_[static_cast<size_t>(spec_.parameters[i].module)];
    (spec_.parameters[i].is_bias ? module.bias : module.weight) = values[i];
    (spec_.parameters[i].is_bias ? module.bias_grad : module.weight_grad) = gradients[i];
  }
}

Tensor Linear::forward(const Tensor& x, const Tensor& residual) const {
  Tensor y;
  if (transposed_) {
    y = kernels::linear_backward_input(x, bound_.weight);
    if (residual.defined()) y.add_(residual);
  } else {
    y = residual.defined() ? kernels::linear_add(residual, x, bound_.weight) : kernels::linear(x, bound_.weight);
  }
  return bound_.bias.defined() ? y.add_(bound_.bias) : y;
}

Tensor Linear::backward_input(const Tensor& dy) const {
  return transposed_ ? kernels::linear(dy, bound_.weight) : kernels::linear_backward_input(dy, bound_.weight);
}

void Linear::backward_input_add_(const Tensor& dx, const Tensor& dy) const {
  if (transposed_) {
    dx.add_(kernels::linear(dy, bound_.weight));
  } else {
    kernels::linear_backward_input_add_(dx, dy, bound_.weight);
  }
}

void Linear::add_gradients(layer::WeightGradQueue& weight_grads, const Tensor& dy, const Tensor& x) const {
  weight_grads.add([bound = bound_, transposed = transposed_, dy, x] {
    at::AutoDispatchBelowAutograd no_autograd;
    kernels::linear_backward_weight_(bound.weight_grad, transposed ? x : dy, transposed ? dy : x);
    if (!bound.bias.defined()) return;
    const Tensor rows = kernels::as_rows(dy);
    bound.bias_grad.add_(rows.sum(0, /*keepdim=*/false, kernels::accumulation_type(rows.scalar_type())));
  });
}

}  // namespace trireme::model
