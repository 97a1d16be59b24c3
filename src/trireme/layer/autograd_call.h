#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trireme/layer/layer.h"

namespace trireme::layer {

/// What a user's function returns, checked. `who` names it in errors: "module conv". Throws ConfigError with what the
/// function threw (an Error passes through), or when its result is not a floating-point tensor or, with autograd on, is
/// one that no gradient flows through.
Tensor call_function(const std::string& who, bool with_autograd, const std::function<Tensor()>& function);

/// Gradients of `output` with regard to `inputs`, given its own: undefined for an input that it does not depend on.
/// Frees the graph. Throws ConfigError naming `who`.
std::vector<Tensor> gradients_of(const std::string& who, const Tensor& output, const std::vector<Tensor>& inputs,
                                 const Tensor& dy);

}  // namespace trireme::layer
