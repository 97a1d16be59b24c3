#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "trireme/arch/architecture.h"

namespace trireme::arch {

/// What FLOPs are counted from. L layers, a = attention width (heads x head_dim; equals hidden in most
/// models).
struct FlopTerms {
  int64_t parameters = 0;                // N_all: every distinct weight, embeddings and norms included
  int64_t matmul_parameters = 0;         // N_matmul: weights that multiply every token: linears and the head
  int64_t frozen_matmul_parameters = 0;  // those of them that have no gradient
  int64_t layers = 0;                    // L
  int64_t attention_width = 0;           // a
  int64_t sliding_window = 0;            // tokens a query sees; 0: all before it
};
FlopTerms flop_terms(const Architecture& architecture);

/// Model FLOPs of training one token, forward and backward, at sequence length s. A multiply and an add are
/// two. Backward costs twice the forward: 2 x 3 = 6 a weight; 4 a frozen one, whose own gradient is not made.
/// Recomputation is not counted. Norms, rotary embeddings and the softmax are below a percent and are left out by every
/// convention.
enum class FlopConvention {
  /// 6 N_all + 12 L a s. Embedding rows count as if they multiplied. Scores and values of a full square: two
  /// matrix products of 2 a s each, forward; times 3. Source: PaLM (arXiv 2204.02311) appendix B;
  /// llm-foundry.
  kAllParameters,
  /// 6 N_matmul + 12 L a s. Equal to Megatron-LM's formula for dense models
  /// (`num_floating_point_operations`, core_r0.8.0), and what torchtitan prints.
  kMatmul,
  /// 6 N_matmul + 12 L a k, with k the keys that a query sees on average: s / 2 under a causal mask, and
  /// w (1 - w / 2s) when a sliding window w < s cuts it. What a kernel that skips masked blocks has to do.
  kCausal,
};
inline constexpr std::array kFlopConventions = {FlopConvention::kAllParameters, FlopConvention::kMatmul,
                                                FlopConvention::kCausal};

/// "6*N_all + 12*L*h*s" and so on: the name in tables and in `metrics`.
std::string_view name_of(FlopConvention convention);

/// FLOPs of one training token. REQUIRES: seq_len > 0.
double flops_per_token(const FlopTerms& terms, int64_t seq_len, FlopConvention convention);

/// Megatron-LM's formula for one token, written as Megatron writes it (gated MLP, no experts):
/// 12 L h^2 [(1 + kv/H + s/h)(H hd / h) + 1.5 f/h + V / (2 L h)]. The twin that kMatmul is tested against.
double megatron_flops_per_token(const ModelConfig& config, int64_t seq_len);

}  // namespace trireme::arch
