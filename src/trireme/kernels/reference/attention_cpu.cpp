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
AttentionResult forward(const Tensor& q, const Tensor& k, const Tensor& v, int64_t window) {
  const auto mask = window_mask(q.size(1), k.size(1), window, q.options());
  auto [output, logsumexp] = at::_scaled_dot_product_flash_attention_for_cpu(
      q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), /*dropout_p=*/0.0, /*is_causal=*/!mask, mask);
  return {output.transpose(1, 2), logsumexp};
}

AttentionGradients backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                            const AttentionResult& result, int64_t window) {
  const auto operand = [](const Tensor& x) { return matmul_operand(x).transpose(1, 2); };
  const Tensor query = operand(q);
  const auto mask = window_mask(q.size(1), k.size(1), window, query.options());
  const auto [dq, dk, dv] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
      operand(doutput), query, operand(k), operand(v), operand(result.output), result.logsumexp,
      /*dropout_p=*/0.0,
      /*is_causal=*/!mask, mask);
  const auto as_input = [&](const Tensor& dx) { return dx.transpose(1, 2).to(q.scalar_type()).contiguous(); };
  return {as_input(dq), as_input(dk), as_input(dv)};
}

}  // namespace

AttentionResult attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpan& span) {
  if (!span.document_starts.defined()) {
    const AttentionResult result = forward(q, k, v, span.window);
    return {result.output.contiguous(), result.logsumexp};
  }
  const Tensor qs = as_stream(q), ks = as_stream(k), vs = as_stream(v);
  AttentionResult all{at::empty_like(qs), {}};
  std::vector<Tensor> logsumexp;
  for (const TokenRange run : documents_of(span.document_starts, qs.size(1))) {
    const AttentionResult one = forward(part(qs, run), part(ks, run), part(vs, run), span.window);
    part(all.output, run).copy_(one.output);
    logsumexp.push_back(one.logsumexp);
  }
  return {all.output.view_as(q), at::cat(logsumexp, 2)};
}

AttentionGradients attention_cpu_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                          const AttentionResult& result, const AttentionSpan& span) {
  if (!span.document_starts.defined()) return backward(doutput, q, k, v, result, span.window);
  const Tensor qs = as_stream(q), ks = as_stream(k), vs = as_stream(v);
  const Tensor douts = as_stream(doutput), outs = as_stream(result.output);
  const AttentionGradients all{at::empty_like(qs), at::empty_like(ks), at::empty_like(vs)};
  for (const TokenRange run : documents_of(span.document_starts, qs.size(1))) {
    const AttentionResult saved{part(outs, run), result.logsumexp.narrow(2, run.first, run.count).contiguous()};
    const AttentionGradients one =
        backward(part(douts, run), part(qs, run), part(ks, run), part(vs, run), saved, span.window);
    part(all.q, run).copy_(one.q);
    part(all.k, run).copy_(one.k);
    part(all.v, run).copy_(one.v);
  }
  return {all.q.view_as(q), all.k.view_as(k), all.v.view_as(v)};
}

}  // namespace trireme::kernels
