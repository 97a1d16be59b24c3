#include "trireme/layer/module_layer.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <map>
#include <set>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/layer/autograd_call.h"

namespace trireme::layer {

namespace {

std::string who(const std::string& name) { return format("module {}", name); }

/// Throws ConfigError for a module that can't be a layer.
void check_module(const NamedModule& named, std::set<std::string>& names) {
  const auto refuse = [&](const std::string& why) { throw ConfigError(format("{} {}", who(named.name), why)); };
  if (named.name.empty()) throw ConfigError("a module has no name; checkpoints need one, such as \"conv\"");
  if (!names.insert(named.name).second) refuse("is listed twice; give each a name of its own");
  if (!named.forward) refuse("has no callable that computes its result; give one");
  if (!named.module || named.module->parameters().empty())
    refuse("has no parameters; compute what it computes in the callable of a neighbour");
  const auto buffers = named.module->named_buffers();
  if (!buffers.is_empty()) {
    refuse(
        format("has a buffer, {}: buffers differ from rank to rank and are in no checkpoint. Use a norm without "
               "running statistics (LayerNorm, GroupNorm), and keep constants in plain members",
               buffers.keys().front()));
  }
}

void check_parameter(const std::string& name, const Tensor& variable) {
  if (!variable.is_floating_point()) {
    throw ConfigError(
        format("{} is {}; parameters must be floating point", name, c10::toString(variable.scalar_type())));
  }
  if (!variable.requires_grad())
    throw ConfigError(format("{} is frozen (requires_grad is false); keep it outside of registered parameters", name));
}

}  // namespace

ModuleLayer::ModuleLayer(NamedModule named, std::vector<std::shared_ptr<BoundParameter>> parameters)
    : named_(std::move(named)), parameters_(std::move(parameters)) {
  for (const auto& parameter : parameters_) specs_.push_back(parameter->spec());
}

bool ModuleLayer::has_dropout() const {
  const auto modules = named_.module->modules();
  return std::any_of(modules.begin(), modules.end(),
                     [](const auto& module) { return module->name().find("Dropout") != std::string::npos; });
}

std::vector<Tensor> ModuleLayer::initial_values() const {
  std::vector<Tensor> values;
  for (const auto& parameter : parameters_) values.push_back(parameter->variable().detach());
  return values;
}

void ModuleLayer::bind(std::span<const Tensor> values, std::span<const Tensor> gradients) {
  TRIREME_CHECK(values.size() == parameters_.size(), "{}: {} values for {} parameters", named_.name, values.size(),
                parameters_.size());
  for (size_t i = 0; i < values.size(); ++i) parameters_[i]->lie_at(values[i]);
  gradients_.assign(gradients.begin(), gradients.end());
}

Tensor ModuleLayer::call(const Tensor& x, const Pass& pass) const {
  const bool training = pass.batch.loss_scale.defined();
  if (named_.module->is_training() != training) named_.module->train(training);
  return call_function(who(named_.name), /*with_autograd=*/pass.saved != nullptr,
                       [&] { return named_.forward(x, pass.batch); });
}

Tensor ModuleLayer::forward(const Tensor& x, Pass& pass) {
  const bool is_first = !x.defined();
  if (is_first) {
    const Tensor& input = pass.batch.inputs.defined() ? pass.batch.inputs : pass.batch.tokens;
    const Tensor y = call(input, pass);
    if (pass.saved) pass.saved->tensors = {Tensor(), y};
    return y.detach();
  }
  if (!pass.saved) return call(x, pass);
  const Tensor leaf = x.detach().requires_grad_();
  const Tensor y = call(leaf, pass);
  pass.saved->tensors = {leaf, y};
  return y.detach();
}

Tensor ModuleLayer::backward(const Tensor& dy, Pass& pass, WeightGradQueue& weight_grads) {
  std::vector<Tensor> inputs;
  for (const auto& parameter : parameters_) inputs.push_back(parameter->variable());
  const std::vector<Tensor> saved = std::move(pass.saved->tensors);
  pass.saved->tensors.clear();
  const bool is_first = !saved.at(0).defined();
  if (!is_first) inputs.push_back(saved[0]);
  const std::vector<Tensor> found = gradients_of(who(named_.name), saved.at(1), inputs, dy);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!found[i].defined()) continue;  // this call did not use it
    weight_grads.add([gradient = gradients_[i], more = found[i]] { gradient.add_(more); });
  }
  return is_first ? Tensor() : found.back();
}

std::vector<std::unique_ptr<ModuleLayer>> module_layers(std::vector<NamedModule> modules) {
  std::vector<std::unique_ptr<ModuleLayer>> layers;
  std::set<std::string> names;
  std::map<const at::TensorImpl*, std::shared_ptr<BoundParameter>> known;
  for (NamedModule& named : modules) {
    check_module(named, names);
    std::vector<std::shared_ptr<BoundParameter>> parameters;
    for (const auto& item : named.module->named_parameters()) {
      const std::string name = named.name + "." + item.key();
      const Tensor& variable = item.value();
      check_parameter(name, variable);
      auto& parameter = known[variable.unsafeGetTensorImpl()];
      if (!parameter) {
        arch::ParameterSpec spec;
        spec.name = name;
        spec.shape = variable.sizes().vec();
        parameter = std::make_shared<BoundParameter>(std::move(spec), variable);
      }
      if (std::find(parameters.begin(), parameters.end(), parameter) == parameters.end())
        parameters.push_back(parameter);
    }
    layers.push_back(std::make_unique<ModuleLayer>(std::move(named), std::move(parameters)));
  }
  return layers;
}

}  // namespace trireme::layer
