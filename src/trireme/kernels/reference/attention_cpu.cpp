#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/kernels/reference/attention_parts.h"
#include "trireme/kernels/reference/matmul_operand.h"

namespace trireme::kernels {
std::vector<TokenRange> documents_of(const Tensor& document_starts, int64_t tokens) {
  const Tensor starts = document_starts.to(at::kCPU, at::kLong).contiguous();
  const auto* values = starts.const_data_ptr<int64_t>();
  const int64_t count = starts.numel();
  TRIREME_CHECK(count >= 2 && values[0] == 0 && values[count - 1] == tokens,
                "document_starts must run from 0 to the {} tokens of the microbatch", tokens);
  std::vector<TokenRange> documents;
  for (int64_t i = 0; i + 1 < count; ++i) {
    TRIREME_CHECK(values[i] < values[i + 1], "document_starts must rise, but entry {} is {} and the next {}", i,
                  values[i], values[i + 1]);
    documents.push_back({values[i], values[i + 1] - values[i]});
  }
  return documents;
}

namespace {

/// [B, S, heads, D] as one stream of tokens, [1, B * S, heads, D].
Tensor as_stream(const Tensor& x) { return x.view({1, -1, x.size(2), x.size(3)}); }
Tensor part(const Tensor& stream, TokenRange run) { return stream.narrow(1, run.first, run.count); }

// ATen's kernel wants [B, heads, S, D] with any strides, and shares key heads among query heads itself.
std::optional<Tensor> mask_of(const Tensor& q, const AttentionOptions& options) {
  return options.causal ? window_mask(q.size(1), q.size(1), options.window, q.options()) : std::nullopt;
}

std::optional<double> scale_of(const AttentionOptions& options) {
  return options.scale > 0 ? std::optional(options.scale) : std::nullopt;
}

AttentionResult forward(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const auto mask = mask_of(q, options);
  auto [output, logsumexp] = at::_scaled_dot_product_flash_attention_for_cpu(
      q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), /*dropout_p=*/0.0,
      /*is_causal=*/options.causal && !mask, mask, scale_of(options));
  return {output.transpose(1, 2), logsumexp};
}

AttentionGradients backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                            const AttentionResult& result, const AttentionOptions& options) {
  const auto operand = [](const Tensor& x) { return matmul_operand(x).transpose(1, 2); };
  const Tensor query = operand(q);
  const auto mask = mask_of(query.transpose(1, 2), options);
  const auto [dq, dk, dv] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
      operand(doutput), query, operand(k), operand(v), operand(result.output), result.logsumexp,
      /*dropout_p=*/0.0,
      /*is_causal=*/options.causal && !mask, mask, scale_of(options));
  const auto as_input = [&](const Tensor& dx) { return dx.transpose(1, 2).to(q.scalar_type()).contiguous(); };
  return {as_input(dq), as_input(dk), as_input(dv)};
}

/// By document, or at once where each row is one.
template <class Forward>
AttentionResult each_document(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options,
                              const Forward& attend) {
  if (!options.document_starts.defined()) {
    const AttentionResult result = attend(q, k, v);
    return {result.output.contiguous(), result.logsumexp};
  }
  const Tensor qs = as_stream(q), ks = as_stream(k), vs = as_stream(v);
  AttentionResult all{at::empty_like(qs), {}};
  std::vector<Tensor> logsumexp;
  for (const TokenRange run : documents_of(options.document_starts, qs.size(1))) {
    const AttentionResult one = attend(part(qs, run), part(ks, run), part(vs, run));
    part(all.output, run).copy_(one.output);
    logsumexp.push_back(one.logsumexp);
  }
  return {all.output.view_as(q), at::cat(logsumexp, 2)};
}

template <class Backward>
AttentionGradients each_document_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                          const AttentionResult& result, const AttentionOptions& options,
                                          const Backward& attend) {
  if (!options.document_starts.defined()) return attend(doutput, q, k, v, result);
  const Tensor qs = as_stream(q), ks = as_stream(k), vs = as_stream(v);
  const Tensor douts = as_stream(doutput), outs = as_stream(result.output);
  const AttentionGradients all{at::empty_like(qs), at::empty_like(ks), at::empty_like(vs)};
  for (const TokenRange run : documents_of(options.document_starts, qs.size(1))) {
    const AttentionResult saved{part(outs, run), result.logsumexp.narrow(2, run.first, run.count).contiguous()};
    const AttentionGradients one = attend(part(douts, run), part(qs, run), part(ks, run), part(vs, run), saved);
    part(all.q, run).copy_(one.q);
    part(all.k, run).copy_(one.k);
    part(all.v, run).copy_(one.v);
  }
  return {all.q.view_as(q), all.k.view_as(k), all.v.view_as(v)};
}

Scores whole_scores(const Tensor& q, const AttentionOptions& options) {
  return scores_of(q.size(1), q.size(1), options, q.options().dtype(accumulation_type(q.scalar_type())));
}

}  // namespace

AttentionResult attention_by_document(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttentionOptions& options) {
  return each_document(q, k, v, options, [&](const Tensor& one_q, const Tensor& one_k, const Tensor& one_v) {
    return attention_whole(one_q, one_k, one_v, whole_scores(one_q, options));
  });
}

AttentionGradients attention_by_document_backward(const Tensor& doutput, const Tensor& q, const Tensor& k,
                                                  const Tensor& v, const AttentionResult& result,
                                                  const AttentionOptions& options) {
  return each_document_backward(doutput, q, k, v, result, options,
                                [&](const Tensor& dout, const Tensor& one_q, const Tensor& one_k, const Tensor& one_v,
                                    const AttentionResult& saved) {
                                  return attention_whole_backward(dout, one_q, one_k, one_v, saved,
                                                                  whole_scores(one_q, options));
                                });
}

AttentionResult attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  if (!options.has_plain_scores()) return attention_by_document(q, k, v, options);
  return each_document(q, k, v, options, [&](const Tensor& one_q, const Tensor& one_k, const Tensor& one_v) {
    return forward(one_q, one_k, one_v, options);
  });
}

AttentionGradients attention_cpu_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                          const AttentionResult& result, const AttentionOptions& options) {
  if (!options.has_plain_scores()) return attention_by_document_backward(doutput, q, k, v, result, options);
  return each_document_backward(
      doutput, q, k, v, result, options,
      [&](const Tensor& dout, const Tensor& one_q, const Tensor& one_k, const Tensor& one_v,
          const AttentionResult& saved) { return backward(dout, one_q, one_k, one_v, saved, options); });
}

}  // namespace trireme::kernels
