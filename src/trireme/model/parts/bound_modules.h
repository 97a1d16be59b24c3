#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "trireme/layer/layer.h"
#include "trireme/model/parts/adapter.h"

namespace trireme::model {

using at::Tensor;

/// A module's parameters and gradients, as its unit bound them. A module without bias has undefined ones, a frozen one
/// undefined gradients.
struct BoundModule {
  Tensor weight, bias, weight_grad, bias_grad;
  Adapter adapter;
};

/// The modules of one layer by what they are to it.
class BoundModules {
 public:
  explicit BoundModules(const arch::LayerSpec& spec) : spec_(spec) {}

  /// As layer::Layer::bind.
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients);
  const BoundModule& operator[](arch::Module module) const { return modules_[static_cast<size_t>(module)]; }

 private:
  const arch::LayerSpec& spec_;
  std::array<BoundModule, static_cast<size_t>(arch::Module::kCount)> modules_;
};

/// A linear layer over bound parameters: y = x W^T + b, W [out, in], or [in, out] where the family keeps it transposed;
/// and what its adapter adds.
class Linear {
 public:
  Linear(const BoundModule& bound, bool transposed) : bound_(bound), transposed_(transposed) {}

  /// `residual` is added where it is defined.
  Tensor forward(const Tensor& x, const Tensor& residual = {}) const;
  /// Gradient of x.
  Tensor backward_input(const Tensor& dy) const;
  void backward_input_add_(const Tensor& dx, const Tensor& dy) const;
  /// Queues the gradients of what is not frozen.
  void add_gradients(layer::WeightGradQueue& weight_grads, const Tensor& dy, const Tensor& x) const;

 private:
  const BoundModule& bound_;
  bool transposed_;
};

}  // namespace trireme::model
