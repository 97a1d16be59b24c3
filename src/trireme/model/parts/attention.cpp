#include "trireme/model/parts/attention.h"

#include <ATen/ATen.h>

#include <bit>
#include <cmath>

#include "trireme/kernels/rms_norm.h"
#include "trireme/model/parts/query_scale.h"

namespace trireme::model {

using arch::Module;
using arch::QkvLayout;

AttentionPart::AttentionPart(const BoundModules& modules, const arch::BlockShape& shape,
                             std::shared_ptr<const kernels::RotaryTable> rotary)
    : modules_(modules), shape_(shape), rotary_(std::move(rotary)) {
  if (shape_.positions == arch::Positions::kAlibi) alibi_slopes_ = alibi_slopes(shape_.heads);
}

kernels::AttentionOptions AttentionPart::options(const Tensor& document_starts) const {
  return {.window = shape_.window,
          .document_starts = document_starts,
          .causal = shape_.causal,
          .scale = shape_.score_scale,
          .softcap = shape_.softcap,
          .alibi_slopes = alibi_slopes_};
}

Tensor AttentionPart::split(const Tensor& projected) const {
  return projected.view({projected.size(0), projected.size(1), -1, shape_.head_dim});
}

Tensor AttentionPart::forward(Tensor x, const Tensor& residual, layer::Pass& pass, Tape& tape) const {
  Heads heads = project(x);
  x.reset();
  if (shape_.qk_norm) {
    heads.query = norm(heads.query, Module::kQueryNorm, tape);
    heads.key = norm(heads.key, Module::kKeyNorm, tape);
  }
  rotate_(heads, pass, /*back=*/false);
  if (shape_.query_scale) heads.query = scale_query(heads.query, modules_[Module::kQueryScale]);
  if (pass.cache) return linear(Module::kOutput).forward(attend_with_cache(heads, *pass.cache).flatten(2), residual);

  kernels::AttentionResult result =
      kernels::attention(heads.query, heads.key, heads.value, options(pass.batch.document_starts));
  tape.push(std::move(heads.query));
  tape.push(std::move(heads.key));
  tape.push(std::move(heads.value));
  tape.push(result.output);
  tape.push(std::move(result.logsumexp));
  return linear(Module::kOutput).forward(result.output.flatten(2), residual);
}

Tensor AttentionPart::backward(const Tensor& dy, const InputAgain& input, layer::Pass& pass, Tape& tape,
                               layer::WeightGradQueue& weight_grads) const {
  Heads d;
  {
    const Tensor logsumexp = tape.pop(), output = tape.pop();
    const Tensor value = tape.pop(), key = tape.pop(), query = tape.pop();
    linear(Module::kOutput).add_gradients(weight_grads, dy, output.flatten(2));
    const Tensor doutput = split(linear(Module::kOutput).backward_input(dy));
    kernels::AttentionGradients gradients = kernels::attention_backward(doutput, query, key, value, {output, logsumexp},
                                                                        options(pass.batch.document_starts));
    d = {std::move(gradients.q), std::move(gradients.k), std::move(gradients.v)};
    if (shape_.query_scale) d.query = scale_query_backward(d.query, query, modules_[Module::kQueryScale]);
  }
  rotate_(d, pass, /*back=*/true);
  if (shape_.qk_norm) {
    d.key = norm_backward(d.key, Module::kKeyNorm, tape);
    d.query = norm_backward(d.query, Module::kQueryNorm, tape);
  }
  return project_backward(d, input(), weight_grads);
}

AttentionPart::Heads AttentionPart::project(const Tensor& x) const {
  if (shape_.qkv == QkvLayout::kSeparate) {
    return {split(linear(Module::kQuery).forward(x)), split(linear(Module::kKey).forward(x)),
            split(linear(Module::kValue).forward(x))};
  }
  const Tensor all = linear(Module::kQkv).forward(x);
  const bool by_head = shape_.qkv == QkvLayout::kByHead;
  const std::vector<int64_t> shape = {all.size(0), all.size(1), by_head ? shape_.heads : 3, by_head ? 3 : shape_.heads,
                                      shape_.head_dim};
  const Tensor parts = all.view(shape);
  const auto part = [&](int64_t i) { return parts.select(by_head ? 3 : 2, i).contiguous(); };
  return {part(0), part(1), part(2)};
}

Tensor AttentionPart::project_backward(const Heads& d, const Tensor& x, layer::WeightGradQueue& weight_grads) const {
  if (shape_.qkv != QkvLayout::kSeparate) {
    const Tensor all = at::stack({d.query, d.key, d.value}, shape_.qkv == QkvLayout::kByHead ? 3 : 2).flatten(2);
    linear(Module::kQkv).add_gradients(weight_grads, all, x);
    return linear(Module::kQkv).backward_input(all);
  }
  const Tensor dquery = d.query.flatten(2), dkey = d.key.flatten(2), dvalue = d.value.flatten(2);
  linear(Module::kQuery).add_gradients(weight_grads, dquery, x);
  linear(Module::kKey).add_gradients(weight_grads, dkey, x);
  linear(Module::kValue).add_gradients(weight_grads, dvalue, x);
  Tensor dx = linear(Module::kQuery).backward_input(dquery);
  linear(Module::kKey).backward_input_add_(dx, dkey);
  linear(Module::kValue).backward_input_add_(dx, dvalue);
  return dx;
}

Tensor AttentionPart::norm(const Tensor& heads, Module module, Tape& tape) const {
  kernels::RmsNormResult normed = kernels::rms_norm(heads, modules_[module].weight, shape_.norm_eps);
  tape.push(heads);
  tape.push(std::move(normed.rstd));
  return std::move(normed.y);
}

Tensor AttentionPart::norm_backward(const Tensor& dheads, Module module, Tape& tape) const {
  const Tensor rstd = tape.pop(), heads = tape.pop();
  const BoundModule& bound = modules_[module];
  return kernels::rms_norm_backward(dheads, heads, rstd, bound.weight, /*dresidual=*/{}, bound.weight_grad);
}

void AttentionPart::rotate_(const Heads& heads, const layer::Pass& pass, bool back) const {
  if (!rotary_) return;
  const kernels::RotaryTable rows = rotary_->rows(pass.batch.positions);
  for (const Tensor& each : {heads.query, heads.key}) {
    const Tensor turned = shape_.rotary_dim == shape_.head_dim ? each : each.narrow(3, 0, shape_.rotary_dim);
    if (back) {
      kernels::rotary_backward_(turned, rows);
    } else {
      kernels::rotary_(turned, rows);
    }
  }
}

Tensor AttentionPart::attend_with_cache(const Heads& heads, layer::KvCache& cache) const {
  const int64_t added = heads.key.size(1), length = cache.length + added;
  TRIREME_CHECK(length <= cache.keys.size(2), "{} tokens don't fit a KV cache of {}", length, cache.keys.size(2));
  cache.keys.narrow(2, cache.length, added).copy_(heads.key.transpose(1, 2));
  cache.values.narrow(2, cache.length, added).copy_(heads.value.transpose(1, 2));
  const bool first = cache.length == 0;
  cache.length = length;
  if (first) return kernels::attention(heads.query, heads.key, heads.value, options({})).output;
  return kernels::cached_attention(heads.query, cache.keys.narrow(2, 0, length), cache.values.narrow(2, 0, length),
                                   options({}));
}

Tensor alibi_slopes(int64_t heads) {
  const auto power = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(heads)));
  std::vector<float> all;
  for (int64_t h = 1; h <= power; ++h) {
    all.push_back(static_cast<float>(std::exp2(-8.0 * static_cast<double>(h) / static_cast<double>(power))));
  }
  std::vector<float> slopes;
  for (const size_t first : {size_t{1}, size_t{0}}) {  // every second one, then those between
    for (size_t i = power == heads ? slopes.size() : first; i < all.size(); i += power == heads ? 1 : 2) {
      if (static_cast<int64_t>(slopes.size()) < heads) slopes.push_back(all[i]);
    }
  }
  return at::tensor(slopes, at::kFloat);
}

}  // namespace trireme::model
