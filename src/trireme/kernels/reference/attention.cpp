#include "trireme/kernels/attention.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "trireme/kernels/reference/attention_parts.h"

namespace trireme::kernels {
namespace {

Tensor additive(const Tensor& visible, const at::TensorOptions& options) {
  return at::zeros(visible.sizes(), options)
      .masked_fill_(visible.logical_not(), -std::numeric_limits<double>::infinity());
}

/// Which of `keys` each of the last `queries` positions sees.
Tensor visible_keys(int64_t queries, int64_t keys, int64_t window, at::Device device) {
  const auto whole = at::TensorOptions().dtype(at::kLong).device(device);
  const Tensor distance = at::arange(keys - queries, keys, whole).unsqueeze(1) - at::arange(keys, whole).unsqueeze(0);
  const Tensor causal = distance.ge(0);
  return window > 0 ? causal.logical_and(distance.lt(window)) : causal;
}

}  // namespace

std::optional<Tensor> window_mask(int64_t queries, int64_t keys, int64_t window, const at::TensorOptions& options) {
  if (queries == keys && (window <= 0 || window >= keys)) return std::nullopt;
  return additive(visible_keys(queries, keys, window, options.device()), options);
}

Tensor document_mask(const Tensor& document_starts, int64_t tokens, const AttentionOptions& options,
                     const at::TensorOptions& tensors) {
  const Tensor place = at::arange(tokens, document_starts.options());
  const Tensor document = at::bucketize(place, document_starts, /*out_int32=*/false, /*right=*/true);
  const Tensor same = document.unsqueeze(1).eq(document.unsqueeze(0));
  if (!options.causal) return additive(same, tensors);
  return additive(visible_keys(tokens, tokens, options.window, tensors.device()).logical_and_(same), tensors);
}

Scores scores_of(int64_t queries, int64_t keys, const AttentionOptions& options, const at::TensorOptions& tensors) {
  Scores rule{.mask = {}, .scale = options.scale, .softcap = options.softcap};
  if (options.causal) rule.mask = window_mask(queries, keys, options.window, tensors);
  if (!options.causal) rule.mask = at::zeros({queries, keys}, tensors);
  if (!options.alibi_slopes.defined()) return rule;
  if (!rule.mask) rule.mask = additive(visible_keys(queries, keys, /*window=*/0, tensors.device()), tensors);
  const Tensor distance = at::arange(1 - keys, 1, tensors);  // to the last key: a row's softmax takes no notice
  rule.mask =
      *rule.mask +
      options.alibi_slopes.to(tensors.device(), c10::typeMetaToScalarType(tensors.dtype())).view({-1, 1, 1}) * distance;
  return rule;
}

Tensor cached_attention(const Tensor& q, const Tensor& keys, const Tensor& values, const AttentionOptions& options) {
  const int64_t window = options.window;
  const int64_t batch = q.size(0), queries = q.size(1), heads = q.size(2), head_dim = q.size(3);
  const int64_t kv_heads = keys.size(1), length = keys.size(2);
  if (queries > 1 || !options.is_plain()) {
    const auto wide = q.options().dtype(accumulation_type(q.scalar_type()));
    return attention_whole(q, keys.transpose(1, 2), values.transpose(1, 2), scores_of(queries, length, options, wide))
        .output;
  }
  // One query sees every key in its window, so the query heads of a group can stand as rows of one product.
  const int64_t seen = window > 0 ? std::min(window, length) : length;
  const Tensor k = keys.narrow(2, length - seen, seen), v = values.narrow(2, length - seen, seen);
  const Tensor grouped = q.reshape({batch, kv_heads, heads / kv_heads, head_dim});
  const Tensor scores = at::matmul(grouped, k.transpose(2, 3)).to(accumulation_type(q.scalar_type()));
  const Tensor weights = (scores / std::sqrt(static_cast<double>(head_dim))).softmax(-1).to(q.scalar_type());
  return at::matmul(weights, v).view(q.sizes());
}

}  // namespace trireme::kernels
