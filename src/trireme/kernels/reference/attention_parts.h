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
Tensor document_mask(const Tensor& document_starts, int64_t tokens, const AttentionOptions& options,
                     const at::TensorOptions& tensors);

/// How whole scores are made.
struct Scores {
  std::optional<Tensor> mask;  // added: [queries, keys] or [heads, queries, keys]; nullopt: causal
  double scale = 0.0;          // 0: 1 / sqrt(head_dim)
  double softcap = 0.0;        // 0: off
};
/// For the last `queries` positions of `keys`, of one document.
Scores scores_of(int64_t queries, int64_t keys, const AttentionOptions& options, const at::TensorOptions& tensors);

/// Document by document (or row by row) with whole scores: what no fused kernel here does, a softcap or ALiBi.
AttentionResult attention_by_document(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttentionOptions& options);
AttentionGradients attention_by_document_backward(const Tensor& doutput, const Tensor& q, const Tensor& k,
                                                  const Tensor& v, const AttentionResult& result,
                                                  const AttentionOptions& options);

AttentionResult attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options);
AttentionGradients attention_cpu_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                          const AttentionResult& result, const AttentionOptions& options);

AttentionResult attention_cuda(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options);
AttentionGradients attention_cuda_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                           const AttentionResult& result, const AttentionOptions& options);

/// With whole scores: for dtypes that no fused kernel takes (fp64 on CUDA), and the judge of the fused ones
/// in tests.
AttentionResult attention_whole(const Tensor& q, const Tensor& k, const Tensor& v, const Scores& scores);
AttentionGradients attention_whole_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                            const AttentionResult& result, const Scores& scores);

}  // namespace trireme::kernels
