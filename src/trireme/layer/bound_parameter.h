#pragma once

#include <ATen/core/Tensor.h>

#include "trireme/arch/architecture.h"

namespace trireme::layer {

/// A parameter of a torch::nn::Module whose memory belongs to a unit.
///
/// Autograd saves views of parameters (the transpose of a linear's weight), and a unit may free its buffer between
/// forward and backward and gather it again elsewhere. So a parameter keeps one storage for its whole life and only
/// that storage's address follows the buffer: every view that a graph has saved sees the gathered values again.
class BoundParameter {
 public:
  /// `variable` is the module's own tensor, which this changes in place.
  BoundParameter(arch::ParameterSpec spec, at::Tensor variable)
      : spec_(std::move(spec)), variable_(std::move(variable)) {}

  const arch::ParameterSpec& spec() const { return spec_; }
  const at::Tensor& variable() const { return variable_; }

  /// From now on the parameter lies at `value`: contiguous, of its shape, of one dtype and device in every call.
  /// Undefined: it has no memory and no elements until the next call.
  void lie_at(const at::Tensor& value);

 private:
  arch::ParameterSpec spec_;
  at::Tensor variable_;
  at::Tensor alias_;  // of whatever it lies at, over the one storage
};

}  // namespace trireme::layer
