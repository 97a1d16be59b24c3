#include <ATen/ATen.h>

#include <cmath>

#include "trireme/kernels/reference/attention_parts.h"

namespace trireme::kernels {
namespace {

/// [B, S, kv_heads, D] as [B, heads, S, D] in the accumulation dtype, each key head repeated for its group.
Tensor by_query_head(const Tensor& x, int64_t heads, at::ScalarType wide) {
  return x.transpose(1, 2).to(wide).repeat_interleave(heads / x.size(2), 1);
}

Tensor sum_groups(const Tensor& dx, int64_t kv_heads) {
  const auto shape = dx.sizes();
  return dx.view({shape[0], kv_heads, -1, shape[2], shape[3]}).sum(2).transpose(1, 2);
}

double scale_of(const Tensor& q, const Scores& rule) {
  return rule.scale > 0 ? rule.scale : 1 / std::sqrt(static_cast<double>(q.size(-1)));
}

/// `tanh` receives what the softcap's gradient is made from.
Tensor masked_scores(const Tensor& q, const Tensor& k, const Scores& rule, Tensor* tanh = nullptr) {
  Tensor scores = at::matmul(q, k.transpose(2, 3)).mul_(scale_of(q, rule));
  if (rule.softcap > 0) {
    const Tensor capped = scores.div_(rule.softcap).tanh_();
    scores = capped * rule.softcap;
    if (tanh) *tanh = capped;
  }
  if (rule.mask) return scores.add(*rule.mask);
  const Tensor future = at::ones({q.size(2), k.size(2)}, q.options().dtype(at::kBool)).triu(1);
  return scores.masked_fill(future, -std::numeric_limits<double>::infinity());
}

}  // namespace

AttentionResult attention_whole(const Tensor& q, const Tensor& k, const Tensor& v, const Scores& rule) {
  const auto wide = accumulation_type(q.scalar_type());
  const int64_t heads = q.size(2);
  const Tensor scores = masked_scores(by_query_head(q, heads, wide), by_query_head(k, heads, wide), rule);
  const Tensor output = at::matmul(scores.softmax(-1), by_query_head(v, heads, wide));
  return {output.transpose(1, 2).to(q.scalar_type()).contiguous(), scores.logsumexp(-1)};
}

AttentionGradients attention_whole_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                            const AttentionResult& result, const Scores& rule) {
  const auto wide = accumulation_type(q.scalar_type());
  const int64_t heads = q.size(2), kv_heads = k.size(2);
  const Tensor wide_q = by_query_head(q, heads, wide), wide_k = by_query_head(k, heads, wide);
  const Tensor wide_v = by_query_head(v, heads, wide), dout = by_query_head(doutput, heads, wide);
  Tensor tanh;
  const Tensor weights = (masked_scores(wide_q, wide_k, rule, &tanh) - result.logsumexp.unsqueeze(-1)).exp_();
  const Tensor dv = at::matmul(weights.transpose(2, 3), dout);
  const Tensor dweights = at::matmul(dout, wide_v.transpose(2, 3));
  Tensor dscores = weights * (dweights - (weights * dweights).sum(-1, /*keepdim=*/true));
  if (tanh.defined()) dscores = dscores * (1 - tanh * tanh);
  const double scale = scale_of(q, rule);
  const Tensor dq = at::matmul(dscores, wide_k).mul_(scale);
  const Tensor dk = at::matmul(dscores.transpose(2, 3), wide_q).mul_(scale);
  const auto narrow = [&](const Tensor& dx) { return dx.to(q.scalar_type()).contiguous(); };
  return {narrow(dq.transpose(1, 2)), narrow(sum_groups(dk, kv_heads)), narrow(sum_groups(dv, kv_heads))};
}

}  // namespace trireme::kernels
