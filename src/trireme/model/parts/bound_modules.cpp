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
    const auto set = [&](Tensor& value, Tensor& gradient) { value = values[i], gradient = gradients[i]; };
    switch (spec_.parameters[i].part) {
      case arch::Part::kWeight: set(module.weight, module.weight_grad); break;
      case arch::Part::kBias: set(module.bias, module.bias_grad); break;
      case arch::Part::kLoraA: set(module.adapter.a, module.adapter.a_grad); break;
      case arch::Part::kLoraB: set(module.adapter.b, module.adapter.b_grad); break;
    }
    module.adapter.scale = spec_.lora_scale;
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
  if (bound_.bias.defined()) y.add_(bound_.bias);
  return bound_.adapter.on() ? bound_.adapter.forward(y, x) : y;
}

Tensor Linear::backward_input(const Tensor& dy) const {
  Tensor dx = transposed_ ? kernels::linear(dy, bound_.weight) : kernels::linear_backward_input(dy, bound_.weight);
  if (bound_.adapter.on()) bound_.adapter.backward_input_add_(dx, dy);
  return dx;
}

void Linear::backward_input_add_(const Tensor& dx, const Tensor& dy) const {
  if (transposed_) {
    dx.add_(kernels::linear(dy, bound_.weight));
  } else {
    kernels::linear_backward_input_add_(dx, dy, bound_.weight);
  }
  if (bound_.adapter.on()) bound_.adapter.backward_input_add_(dx, dy);
}

void Linear::add_gradients(layer::WeightGradQueue& weight_grads, const Tensor& dy, const Tensor& x) const {
  weight_grads.add([bound = bound_, transposed = transposed_, dy, x] {
    at::AutoDispatchBelowAutograd no_autograd;
    if (bound.adapter.on()) bound.adapter.add_gradients(dy, x);
    if (bound.weight_grad.defined())
      kernels::linear_backward_weight_(bound.weight_grad, transposed ? x : dy, transposed ? dy : x);
    if (!bound.bias_grad.defined()) return;
    const Tensor rows = kernels::as_rows(dy);
    bound.bias_grad.add_(rows.sum(0, /*keepdim=*/false, kernels::accumulation_type(rows.scalar_type())));
  });
}

}  // namespace trireme::model
