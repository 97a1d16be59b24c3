#pragma once

#include <optional>
#include <vector>

#include "trireme/kernels/attention.h"

namespace trireme::kernels {

/// Neighbouring tokens of a microbatch's flattened [B * S] stream.
struct TokenRange {
  int64_t first, count;
};
/// The documents of a stream of `tokens` tokens.
std::vector<TokenRange> documents_of(const Tensor& document_starts, int64_t tokens);

/// Additive mask [queries, keys], 0 where a query may look and -infinity elsewhere: causal, the last query at
/// the last key, at most `window` keys each. Nullopt where plain causality says it all.
std::optional<Tensor> window_mask(int64_t queries, int64_t keys, int64_t window, const at::TensorOptions& options);

/// The same for one stream of packed documents, [tokens, tokens].
Tensor document_mask(const Tensor& document_starts, int64_t tokens, int64_t window, const at::TensorOptions& options);

AttentionResult attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpan& span);
AttentionGradients attention_cpu_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                          const AttentionResult& result, const AttentionSpan& span);

AttentionResult attention_cuda(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpan& span);
AttentionGradients attention_cuda_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                           const AttentionResult& result, const AttentionSpan& span);

/// With whole scores: for dtypes that no fused kernel takes (fp64 on CUDA), and the judge of the fused ones
/// in tests. `mask` as above; nullopt: causal.
AttentionResult attention_whole(const Tensor& q, const Tensor& k, const Tensor& v, const std::optional<Tensor>& mask);
AttentionGradients attention_whole_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                            const AttentionResult& result, const std::optional<Tensor>& mask);

}  // namespace trireme::kernels
