#include <ATen/ATen.h>

#include "trireme/kernels/reference/attention_parts.h"

namespace trireme::kernels {
namespace {

/// What the kernels take: one stream where documents are packed, each key head repeated for its group of
/// query heads.
struct Inputs {
  Tensor q, k, v;              // [B, heads, S, D]
  std::optional<Tensor> mask;  // [B, heads, S, S]
};

/// The fused kernel reads heads in vectors of 16 bytes.
bool has_fused_kernel(const Tensor& q) {
  return q.scalar_type() != at::kDouble && q.size(3) * q.element_size() % 16 == 0;
}

/// The kernel reads a mask in vectors: its rows start on multiples of 8 elements.
Tensor align_rows(const Tensor& mask) {
  const int64_t keys = mask.size(1), padded = (keys + 7) / 8 * 8;
  const Tensor storage = at::zeros({mask.size(0), padded}, mask.options());
  storage.narrow(1, 0, keys).copy_(mask);
  return storage.narrow(1, 0, keys);
}

std::optional<Tensor> mask_of(const Tensor& q, const AttentionOptions& options) {
  if (!options.document_starts.defined()) return window_mask(q.size(1), q.size(1), options.window, q.options());
  return document_mask(options.document_starts, q.size(1), options, q.options());
}

Tensor as_stream(const Tensor& x, const AttentionOptions& options) {
  return options.document_starts.defined() ? x.reshape({1, -1, x.size(2), x.size(3)}) : x;
}

Inputs prepare(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const int64_t heads = q.size(2);
  const auto by_head = [&](const Tensor& x) {
    const Tensor stream = as_stream(x, options);
    return (x.size(2) == heads ? stream : stream.repeat_interleave(heads / x.size(2), 2)).transpose(1, 2);
  };
  Inputs in{by_head(q), by_head(k), by_head(v), mask_of(as_stream(q, options), options)};
  if (in.mask) in.mask = align_rows(*in.mask).expand({in.q.size(0), heads, -1, -1});
  return in;
}

Tensor sum_groups(const Tensor& dx, const Tensor& like) {
  const Tensor rows = dx.transpose(1, 2);
  const int64_t groups = rows.size(2) / like.size(2);
  if (groups == 1) return rows.reshape(like.sizes());
  return rows.reshape({like.size(0), like.size(1), like.size(2), groups, like.size(3)}).sum(3);
}

/// Plain causal attention in 16 bits has kernels that read each key head once for its group of query heads: cuDNN's, or
/// flash attention, whose backward can be deterministic.
bool has_causal_kernel(const Tensor& q, const AttentionOptions& options) {
  const bool narrow = q.scalar_type() == at::kBFloat16 || q.scalar_type() == at::kHalf;
  const bool causal = !options.document_starts.defined() && (options.window <= 0 || options.window >= q.size(1));
  return narrow && causal && q.size(3) % 8 == 0 && q.size(3) <= 128;
}

bool repeatable() { return at::globalContext().deterministicAlgorithms(); }

Tensor by_head(const Tensor& x) { return x.transpose(1, 2); }

AttentionResult causal(const Tensor& q, const Tensor& k, const Tensor& v) {
  if (repeatable()) {
    const auto result = at::_scaled_dot_product_flash_attention(by_head(q), by_head(k), by_head(v), /*dropout_p=*/0.0,
                                                                /*is_causal=*/true);
    return {by_head(std::get<0>(result)).reshape(q.sizes()), std::get<1>(result)};
  }
  const auto result = at::_scaled_dot_product_cudnn_attention(
      by_head(q), by_head(k), by_head(v), /*attn_bias=*/std::nullopt, /*compute_log_sumexp=*/true, /*dropout_p=*/0.0,
      /*is_causal=*/true);
  return {by_head(std::get<0>(result)).reshape(q.sizes()), std::get<1>(result)};
}

AttentionGradients causal_backward(const Tensor& dout, const Tensor& q, const Tensor& k, const Tensor& v,
                                   const AttentionResult& result) {
  const Tensor no_dropout = at::zeros({}, q.options().dtype(at::kLong)), none;
  const int64_t length = q.size(1);
  const Tensor d = by_head(dout), out = by_head(result.output);
  const auto [dq, dk, dv] =
      repeatable() ? at::_scaled_dot_product_flash_attention_backward(d, by_head(q), by_head(k), by_head(v), out,
                                                                      result.logsumexp, none, none, length, length, 0.0,
                                                                      /*is_causal=*/true, no_dropout, no_dropout)
                   : at::_scaled_dot_product_cudnn_attention_backward(
                         d, by_head(q), by_head(k), by_head(v), out, result.logsumexp, no_dropout, no_dropout, none,
                         none, none, length, length, 0.0, /*is_causal=*/true);
  return {by_head(dq).reshape(q.sizes()), by_head(dk).reshape(k.sizes()), by_head(dv).reshape(v.sizes())};
}

}  // namespace

AttentionResult attention_cuda(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  if (!options.is_plain()) return attention_by_document(q, k, v, options);
  if (has_causal_kernel(q, options)) return causal(q, k, v);
  if (!has_fused_kernel(q)) {
    const Tensor qs = as_stream(q, options);
    AttentionResult result =
        attention_whole(qs, as_stream(k, options), as_stream(v, options), {.mask = mask_of(qs, options)});
    return {result.output.view_as(q), result.logsumexp};
  }
  const Inputs in = prepare(q, k, v, options);
  auto [output, logsumexp, seed, offset] = at::_scaled_dot_product_efficient_attention(
      in.q, in.k, in.v, in.mask, /*compute_log_sumexp=*/true, /*dropout_p=*/0.0, /*is_causal=*/!in.mask);
  return {output.transpose(1, 2).reshape(q.sizes()), logsumexp};
}

AttentionGradients attention_cuda_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                           const AttentionResult& result, const AttentionOptions& options) {
  if (!options.is_plain()) return attention_by_document_backward(doutput, q, k, v, result, options);
  if (has_causal_kernel(q, options)) return causal_backward(doutput, q, k, v, result);
  const Tensor dout = as_stream(doutput, options);
  if (!has_fused_kernel(q)) {
    const Tensor qs = as_stream(q, options);
    const AttentionGradients d = attention_whole_backward(dout, qs, as_stream(k, options), as_stream(v, options),
                                                          result, {.mask = mask_of(qs, options)});
    return {d.q.view_as(q), d.k.view_as(k), d.v.view_as(v)};
  }
  const Inputs in = prepare(q, k, v, options);
  const Tensor no_dropout = at::zeros({}, q.options().dtype(at::kLong));
  auto [dq, dk, dv, dmask] = at::_scaled_dot_product_efficient_attention_backward(
      dout.transpose(1, 2), in.q, in.k, in.v, in.mask.value_or(Tensor()),
      as_stream(result.output, options).transpose(1, 2), result.logsumexp, no_dropout, no_dropout,
      /*dropout_p=*/0.0, {true, true, true, false}, /*is_causal=*/!in.mask);
  return {sum_groups(dq, q), sum_groups(dk, k), sum_groups(dv, v)};
}

}  // namespace trireme::kernels
