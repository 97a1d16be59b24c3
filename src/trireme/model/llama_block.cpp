#include "trireme/model/llama_block.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/kernels/attention.h"
#include "trireme/kernels/linear.h"
#include "trireme/kernels/rms_norm.h"
#include "trireme/kernels/swiglu.h"

namespace trireme::model {

struct LlamaBlock::Activations {
  Tensor input, input_norm, input_rstd;
  Tensor query, key, value, attention, logsumexp;
  Tensor residual, residual_norm, residual_rstd;
  Tensor gate, up, product;

  void store(layer::Saved& saved, bool keep_cheap) {
    for (Tensor* tensor : in_order(keep_cheap)) saved.tensors.push_back(std::move(*tensor));
  }
  static Activations take(layer::Saved& saved, bool keep_cheap) {
    Activations a;
    size_t next = 0;
    for (Tensor* tensor : a.in_order(keep_cheap)) *tensor = std::move(saved.tensors.at(next++));
    saved.tensors.clear();
    return a;
  }

 private:
  std::vector<Tensor*> in_order(bool keep_cheap) {
    if (keep_cheap) {
      return {&input,     &input_norm, &input_rstd,    &query,         &key,  &value, &attention,
              &logsumexp, &residual,   &residual_norm, &residual_rstd, &gate, &up,    &product};
    }
    return {&input, &input_rstd, &query, &key, &value, &attention, &logsumexp, &residual, &residual_rstd, &gate, &up};
  }
};

LlamaBlock::LlamaBlock(arch::LayerSpec spec, const arch::ModelConfig& config,
                       std::shared_ptr<const kernels::RotaryTable> rotary, bool keep_cheap)
    : spec_(std::move(spec)),
      head_dim_(config.head_size()),
      window_(config.sliding_window),
      eps_(config.rms_norm_eps),
      keep_cheap_(keep_cheap),
      rotary_(std::move(rotary)) {
  TRIREME_CHECK(spec_.parameters.size() == kNumParameters, "{} has {} parameters, a Llama block {}", spec_.name,
                spec_.parameters.size(), static_cast<int>(kNumParameters));
}

void LlamaBlock::bind(std::span<const Tensor> values, std::span<const Tensor> gradients) {
  TRIREME_CHECK(values.size() == kNumParameters && gradients.size() == kNumParameters,
                "{}: bound {} values, {} gradients", spec_.name, values.size(), gradients.size());
  values_.assign(values.begin(), values.end());
  gradients_.assign(gradients.begin(), gradients.end());
}

Tensor LlamaBlock::forward(const Tensor& x, layer::Pass& pass) {
  at::AutoDispatchBelowAutograd no_autograd;
  Activations a;
  a.input = x;
  attend(a, pass);
  if (!pass.saved) {
    Activations later;
    later.residual = std::move(a.residual);
    a = std::move(later);
  }
  const Tensor y = feed_forward(a, pass.saved && keep_cheap_);
  if (pass.saved) a.store(*pass.saved, keep_cheap_);
  return y;
}

Tensor LlamaBlock::backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) {
  at::AutoDispatchBelowAutograd no_autograd;
  Activations a = Activations::take(*pass.saved, keep_cheap_);
  const Tensor dresidual = feed_forward_backward(dy, a, weight_grads);
  return attend_backward(dresidual, a, pass, weight_grads);
}

Tensor LlamaBlock::heads_of(const Tensor& projected) const {
  return projected.view({projected.size(0), projected.size(1), -1, head_dim_});
}

void LlamaBlock::add_weight_grad(layer::WeightGradQueue& weight_grads, Parameter p, const Tensor& dy,
                                 const Tensor& x) const {
  weight_grads.add([grad = gradients_[p], dy, x] {
    at::AutoDispatchBelowAutograd no_autograd;
    kernels::linear_backward_weight_(grad, dy, x);
  });
}

void LlamaBlock::attend(Activations& a, layer::Pass& pass) const {
  kernels::RmsNormResult normed = kernels::rms_norm(a.input, values_[kInputNorm], eps_);
  a.input_norm = std::move(normed.y);
  a.input_rstd = std::move(normed.rstd);
  a.query = heads_of(kernels::linear(a.input_norm, values_[kQuery]));
  a.key = heads_of(kernels::linear(a.input_norm, values_[kKey]));
  a.value = heads_of(kernels::linear(a.input_norm, values_[kValue]));
  if (!pass.saved || !keep_cheap_) a.input_norm.reset();

  const kernels::RotaryTable rows = rotary_->rows(pass.batch.positions);
  kernels::rotary_(a.query, rows);
  kernels::rotary_(a.key, rows);
  if (pass.cache) {
    a.attention = attend_with_cache(a, *pass.cache);
  } else {
    kernels::AttentionResult result =
        kernels::attention(a.query, a.key, a.value, {window_, pass.batch.document_starts});
    a.attention = std::move(result.output);
    a.logsumexp = std::move(result.logsumexp);
  }
  a.residual = kernels::linear_add(a.input, a.attention.flatten(2), values_[kOutput]);
}

Tensor LlamaBlock::attend_with_cache(const Activations& a, layer::KvCache& cache) const {
  const int64_t added = a.key.size(1), length = cache.length + added;
  TRIREME_CHECK(length <= cache.keys.size(2), "{}: {} tokens don't fit a KV cache of {}", spec_.name, length,
                cache.keys.size(2));
  cache.keys.narrow(2, cache.length, added).copy_(a.key.transpose(1, 2));
  cache.values.narrow(2, cache.length, added).copy_(a.value.transpose(1, 2));
  const bool first = cache.length == 0;
  cache.length = length;
  if (first) return kernels::attention(a.query, a.key, a.value, {window_, {}}).output;
  return kernels::cached_attention(a.query, cache.keys.narrow(2, 0, length), cache.values.narrow(2, 0, length),
                                   window_);
}

Tensor LlamaBlock::feed_forward(Activations& a, bool keep) const {
  kernels::RmsNormResult normed = kernels::rms_norm(a.residual, values_[kPostNorm], eps_);
  a.residual_norm = std::move(normed.y);
  a.residual_rstd = std::move(normed.rstd);
  a.gate = kernels::linear(a.residual_norm, values_[kGate]);
  a.up = kernels::linear(a.residual_norm, values_[kUp]);
  if (!keep) a.residual_norm.reset();
  a.product = kernels::swiglu(a.gate, a.up);
  return kernels::linear_add(a.residual, a.product, values_[kDown]);
}

Tensor LlamaBlock::feed_forward_backward(const Tensor& dy, Activations& a, layer::WeightGradQueue& weight_grads) const {
  if (!keep_cheap_) {
    a.product = kernels::swiglu(a.gate, a.up);
    a.residual_norm = kernels::rms_norm_apply(a.residual, a.residual_rstd, values_[kPostNorm]);
  }
  add_weight_grad(weight_grads, kDown, dy, a.product);
  a.product.reset();
  const Tensor dproduct = kernels::linear_backward_input(dy, values_[kDown]);
  const auto [dgate, dup] = kernels::swiglu_backward(dproduct, a.gate, a.up);
  a.gate.reset();
  a.up.reset();

  add_weight_grad(weight_grads, kGate, dgate, a.residual_norm);
  add_weight_grad(weight_grads, kUp, dup, a.residual_norm);
  a.residual_norm.reset();
  const Tensor dnormed = kernels::linear_backward_input(dgate, values_[kGate]);
  kernels::linear_backward_input_add_(dnormed, dup, values_[kUp]);
  return kernels::rms_norm_backward(dnormed, a.residual, a.residual_rstd, values_[kPostNorm], dy,
                                    gradients_[kPostNorm]);
}

Tensor LlamaBlock::attend_backward(const Tensor& dy, Activations& a, layer::Pass& pass,
                                   layer::WeightGradQueue& weight_grads) const {
  add_weight_grad(weight_grads, kOutput, dy, a.attention.flatten(2));
  const Tensor dattention = heads_of(kernels::linear_backward_input(dy, values_[kOutput]));
  const auto [dquery, dkey, dvalue] = kernels::attention_backward(
      dattention, a.query, a.key, a.value, {a.attention, a.logsumexp}, {window_, pass.batch.document_starts});
  for (Tensor* used : {&a.query, &a.key, &a.value, &a.attention, &a.logsumexp}) used->reset();
  const kernels::RotaryTable rows = rotary_->rows(pass.batch.positions);
  kernels::rotary_backward_(dquery, rows);
  kernels::rotary_backward_(dkey, rows);

  if (!keep_cheap_) a.input_norm = kernels::rms_norm_apply(a.input, a.input_rstd, values_[kInputNorm]);
  const Tensor dq = dquery.flatten(2), dk = dkey.flatten(2), dv = dvalue.flatten(2);
  add_weight_grad(weight_grads, kQuery, dq, a.input_norm);
  add_weight_grad(weight_grads, kKey, dk, a.input_norm);
  add_weight_grad(weight_grads, kValue, dv, a.input_norm);
  const Tensor dnormed = kernels::linear_backward_input(dq, values_[kQuery]);
  kernels::linear_backward_input_add_(dnormed, dk, values_[kKey]);
  kernels::linear_backward_input_add_(dnormed, dv, values_[kValue]);
  return kernels::rms_norm_backward(dnormed, a.input, a.input_rstd, values_[kInputNorm], dy, gradients_[kInputNorm]);
}

}  // namespace trireme::model
