#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// What a query may see besides causality.
struct AttentionSpan {
  int64_t window = 0;      // tokens a query sees, itself included; 0: all before it
  Tensor document_starts;  // layer::Microbatch::document_starts; undefined: each row is one document
};

/// `output` [B, S, heads, head_dim]; `logsumexp` of each query's scores in the accumulation dtype, shaped as
/// the kernel that made it likes.
struct AttentionResult {
  Tensor output, logsumexp;
};

/// Causal softmax(q k^T / sqrt(head_dim)) v, computed in blocks: scores are never whole.
/// q is [B, S, heads, head_dim]; k and v [B, S, kv_heads, head_dim], each shared by heads / kv_heads
/// neighbouring query heads. Source: Dao, "FlashAttention-2", 2023; Ainslie et al., "GQA", 2023; window:
/// Jiang et al., "Mistral 7B", 2023.
AttentionResult attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpan& span);

struct AttentionGradients {
  Tensor q, k, v;
};
AttentionGradients attention_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttentionResult& result, const AttentionSpan& span);

/// Attention of the newest S of L tokens, without gradients: q [B, S, heads, head_dim]; keys and values
/// [B, kv_heads, L, head_dim] as a KV cache holds them. Returns [B, S, heads, head_dim].
Tensor cached_attention(const Tensor& q, const Tensor& keys, const Tensor& values, int64_t window);

}  // namespace trireme::kernels
