#include "trireme/model/head_layer.h"

#include <ATen/ATen.h>

#include "trireme/arch/families/family.h"
#include "trireme/core/error.h"
#include "trireme/kernels/activation.h"

namespace trireme::model {

using arch::Module;

HeadLayer::HeadLayer(const arch::LayerSpec& spec, const arch::ModelConfig& config)
    : spec_(spec),
      modules_(spec_),
      activation_(*arch::activation_from_name(arch::activation_name(config))),
      softcap_(config.final_logit_softcapping) {
  const arch::Family& family = arch::family_of(config);
  const NormPart::Options options{.kind = family.norm, .eps = arch::norm_eps(config), .adds_one = family.norm_adds_one};
  if (has(Module::kFinalNorm)) norm_.emplace(modules_[Module::kFinalNorm], options);
  if (has(Module::kTransformNorm)) transform_norm_.emplace(modules_[Module::kTransformNorm], options);
}

bool HeadLayer::has(Module module) const {
  return std::ranges::any_of(spec_.parameters, [&](const auto& parameter) { return parameter.module == module; });
}

bool HeadLayer::is_frozen(Module module) const {
  return std::ranges::any_of(spec_.parameters,
                             [&](const auto& parameter) { return parameter.module == module && parameter.frozen; });
}

Tensor HeadLayer::hidden(const Tensor& x, Tape& tape) const {
  Tensor h = norm_ ? norm_->forward(x, tape) : x;
  if (!transform_norm_) return h;
  const Tensor dense = Linear(modules_[Module::kTransform], /*transposed=*/false).forward(h);
  tape.push(std::move(h));
  tape.push(dense);
  return transform_norm_->forward(kernels::activate(dense, activation_), tape);
}

Tensor HeadLayer::hidden_backward(const Tensor& dhidden, Tape& tape) const {
  Tensor d = dhidden;
  if (transform_norm_) {
    d = transform_norm_->backward(d, {}, tape);
    const Tensor dense = tape.pop(), h = tape.pop();
    d = kernels::activate_backward(d, dense, activation_);
    const Linear transform(modules_[Module::kTransform], /*transposed=*/false);
    layer::ImmediateWeightGrads now;
    transform.add_gradients(now, d, h);
    d = transform.backward_input(d);
  }
  return norm_ ? norm_->backward(d, {}, tape) : d;
}

Tensor HeadLayer::forward(const Tensor& x, layer::Pass& pass) {
  at::AutoDispatchBelowAutograd no_autograd;
  layer::Saved kept;
  Tape tape(pass.saved ? &kept : nullptr);
  const Tensor h = hidden(x, tape);
  if (!has(Module::kProjection)) {
    if (!pass.sums) return h;
    throw ConfigError("this model is a bare encoder: without a projection to the vocabulary it has no loss");
  }
  const BoundModule& bound = modules_[Module::kProjection];
  const kernels::Projection projection(bound.weight, bound.bias, softcap_);
  if (pass.unprojected) {
    *pass.unprojected = {h, projection};
    return {};
  }
  if (!pass.sums) return kernels::project(h, projection);

  const kernels::LossSums sums{pass.sums->loss, pass.sums->row_loss, pass.sums->divergence};
  if (!pass.saved) {
    kernels::linear_cross_entropy(h, projection, pass.batch.targets, sums, nullptr);
    return {};
  }
  TRIREME_CHECK(bound.weight_grad.defined() || is_frozen(Module::kProjection), "{}: bind gradients before forward",
                spec_.name);
  const auto& distillation = pass.batch.distillation;
  const kernels::LossGradients gradients{pass.batch.loss_scale, bound.weight_grad, bound.bias_grad,
                                         distillation ? &*distillation : nullptr};
  const Tensor dhidden = kernels::linear_cross_entropy(h, projection, pass.batch.targets, sums, &gradients);
  pass.saved->tensors = {hidden_backward(dhidden, tape)};
  return {};
}

Tensor HeadLayer::backward(const Tensor&, layer::Pass& pass, layer::WeightGradQueue&) {
  Tensor dx = std::move(pass.saved->tensors.at(0));
  pass.saved->tensors.clear();
  return dx;
}

}  // namespace trireme::model
