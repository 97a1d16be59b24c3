#pragma once

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

/// What a query may see, and how its scores are made.
struct AttentionOptions {
  int64_t window = 0;           // tokens a query sees, itself included; 0: all before it
  Tensor document_starts = {};  // layer::Microbatch::document_starts; undefined: each row is one document
  bool causal = true;           // false: a query sees its whole document, and `window` is 0
  double scale = 0.0;           // of scores; 0: 1 / sqrt(head_dim)
  double softcap = 0.0;         // scores s become c tanh(s / c); 0: off. Source: Gemma 2, 2024
  Tensor alibi_slopes = {};     // fp32 [heads]: a score falls by its head's slope a token. Source: Press et al., 2022

  /// Causal, with the usual scores: what every fused kernel can do. Those of a CPU need the latter alone.
  bool is_plain() const { return causal && has_plain_scores() && scale == 0; }
  bool has_plain_scores() const { return softcap == 0 && !alibi_slopes.defined(); }
};

/// `output` [B, S, heads, head_dim]; `logsumexp` of each query's scores in the accumulation dtype, shaped as
/// the kernel that made it likes.
struct AttentionResult {
  Tensor output, logsumexp;
};

/// softmax(q k^T / sqrt(head_dim)) v, computed in blocks: scores are never whole, but those of one document at a time
/// with a softcap or ALiBi.
/// q is [B, S, heads, head_dim]; k and v [B, S, kv_heads, head_dim], each shared by heads / kv_heads
/// neighbouring query heads. Source: Dao, "FlashAttention-2", 2023; Ainslie et al., "GQA", 2023; window:
/// Jiang et al., "Mistral 7B", 2023.
AttentionResult attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options);

/// Each shaped as its tensor, in its dtype.
struct AttentionGradients {
  Tensor q, k, v;
};
/// `doutput` [B, S, heads, head_dim] is the gradient of the output; the others are those of the forward call. q, k, v,
/// output and gradients have one dtype.
AttentionGradients attention_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttentionResult& result, const AttentionOptions& options);

/// Attention of the newest S of L tokens, without gradients: q [B, S, heads, head_dim]; keys and values
/// [B, kv_heads, L, head_dim] as a KV cache holds them, of one document. Returns [B, S, heads, head_dim].
Tensor cached_attention(const Tensor& q, const Tensor& keys, const Tensor& values, const AttentionOptions& options);

}  // namespace trireme::kernels
