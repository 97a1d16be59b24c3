#pragma once

#include <memory>
#include <string>

#include "trireme/layer/bound_parameter.h"
#include "trireme/layer/layer.h"

namespace torch::nn {
class Module;
}

namespace trireme::layer {

/// One piece of a user's model: what is gathered, computed and reduced at once.
struct NamedModule {
  std::string name;  // "conv": its parameters get the global names "conv.weight", "conv.bias"
  std::shared_ptr<torch::nn::Module> module;
  /// The result of this piece, from the result of the one before; the first gets the batch's inputs, or its tokens when
  /// there are none. Runs under autograd. It may use the parameters of `module` alone, and must not change `x`.
  std::function<Tensor(const Tensor& x, const Microbatch& batch)> forward;
};

/// A torch::nn::Module as a layer, through autograd: forward keeps the graph of one call in its Saved, backward runs
/// and frees it.
///
/// The module's parameters become views of the unit's buffers, see BoundParameter. It is in training mode while the
/// batch has a loss scale, else in evaluation mode. Dropout draws from PyTorch's generator, which is not part of a
/// checkpoint: a resumed run draws other masks. Errors of the callable are ConfigErrors that name the module.
class ModuleLayer final : public Layer {
 public:
  /// `parameters`: those of the module, in its order.
  ModuleLayer(NamedModule named, std::vector<std::shared_ptr<BoundParameter>> parameters);

  const std::string& name() const { return named_.name; }
  /// Does the module hold a dropout module? One that the callable draws itself can't be seen.
  bool has_dropout() const;
  /// What the module itself put into its parameters, in the order of specs(). REQUIRES: nothing was bound so far.
  std::vector<Tensor> initial_values() const;

  std::span<const arch::ParameterSpec> specs() const override { return specs_; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override;
  Tensor forward(const Tensor& x, Pass& pass) override;
  Tensor backward(const Tensor& dy, Pass& pass, WeightGradQueue& weight_grads) override;

 private:
  Tensor call(const Tensor& x, const Pass& pass) const;

  NamedModule named_;
  std::vector<std::shared_ptr<BoundParameter>> parameters_;
  std::vector<arch::ParameterSpec> specs_;
  std::vector<Tensor> gradients_;
};

/// One layer for each module. A tensor that several modules registered is one parameter, under the first one's name:
/// tied weights stay tied. Throws ConfigError naming module and parameter for what can't be trained: names that repeat,
/// a module without parameters or callable, buffers (running statistics would differ from rank to rank and are in no
/// checkpoint), parameters that are frozen or not floating point.
std::vector<std::unique_ptr<ModuleLayer>> module_layers(std::vector<NamedModule> modules);

}  // namespace trireme::layer
