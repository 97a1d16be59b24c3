#include "trireme/model/parts/mlp.h"

#include <ATen/ATen.h>

#include "trireme/kernels/activation.h"

namespace trireme::model {

using arch::Module;

Tensor MlpPart::product(const Tensor& gate, const Tensor& up) const {
  return shape_.gated ? kernels::gated_activation(gate, up, shape_.activation)
                      : kernels::activate(up, shape_.activation);
}

Tensor MlpPart::forward(Tensor x, const Tensor& residual, Tape& tape) const {
  Tensor gate = shape_.gated ? linear(Module::kGate).forward(x) : Tensor();
  Tensor up = linear(Module::kUp).forward(x);
  x.reset();
  const Tensor made = product(gate, up);
  if (shape_.gated) tape.push(std::move(gate));
  tape.push(std::move(up));
  if (keep_cheap_) tape.push(made);
  return linear(Module::kDown).forward(made, residual);
}

Tensor MlpPart::backward(const Tensor& dy, const InputAgain& input, Tape& tape,
                         layer::WeightGradQueue& weight_grads) const {
  Tensor made = keep_cheap_ ? tape.pop() : Tensor();
  Tensor up = tape.pop();
  Tensor gate = shape_.gated ? tape.pop() : Tensor();
  if (!keep_cheap_) made = product(gate, up);
  linear(Module::kDown).add_gradients(weight_grads, dy, made);
  made.reset();
  const Tensor dmade = linear(Module::kDown).backward_input(dy);
  if (!shape_.gated) {
    const Tensor dup = kernels::activate_backward(dmade, up, shape_.activation);
    linear(Module::kUp).add_gradients(weight_grads, dup, input());
    return linear(Module::kUp).backward_input(dup);
  }
  const auto [dgate, dup] = kernels::gated_activation_backward(dmade, gate, up, shape_.activation);
  gate.reset();
  up.reset();
  const Tensor x = input();
  linear(Module::kGate).add_gradients(weight_grads, dgate, x);
  linear(Module::kUp).add_gradients(weight_grads, dup, x);
  Tensor dx = linear(Module::kGate).backward_input(dgate);
  linear(Module::kUp).backward_input_add_(dx, dup);
  return dx;
}

}  // namespace trireme::model
