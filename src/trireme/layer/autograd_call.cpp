#include "trireme/layer/autograd_call.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "trireme/layer/user_code.h"

namespace trireme::layer {

Tensor call_function(const std::string& who, bool with_autograd, const std::function<Tensor()>& function) {
  const c10::AutoGradMode mode(with_autograd);
  const Tensor result = run_user_code(who, function);
  if (!result.defined()) throw ConfigError(format("{} returned no tensor; return its result", who));
  if (!result.is_floating_point()) {
    throw ConfigError(
        format("{} returned a tensor of {}; gradients need floating point", who, c10::toString(result.scalar_type())));
  }
  if (with_autograd && !result.requires_grad()) {
    throw ConfigError(
        format("{} returned a tensor that depends on neither its input nor its parameters, so that nothing could "
               "learn; compute it from them, without detach() or NoGradGuard",
               who));
  }
  return result;
}

std::vector<Tensor> gradients_of(const std::string& who, const Tensor& output, const std::vector<Tensor>& inputs,
                                 const Tensor& dy) {
  return run_user_code("the backward of " + who, [&] {
    return torch::autograd::grad({output}, inputs, {dy}, /*retain_graph=*/false, /*create_graph=*/false,
                                 /*allow_unused=*/true);
  });
}

}  // namespace trireme::layer
