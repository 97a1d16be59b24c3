#include "trireme/arch/flops.h"

#include "trireme/core/check.h"

namespace trireme::arch {

namespace {

/// Keys that a query sees, averaged over a causal row of `seq_len`.
double mean_causal_keys(double seq_len, double window) {
  if (window <= 0 || window >= seq_len) return seq_len / 2;
  return window * (1 - window / (2 * seq_len));
}

}  // namespace

FlopTerms flop_terms(const Architecture& architecture) {
  const ModelConfig& config = architecture.config;
  int64_t matmul_parameters = 0, frozen = 0;
  for (const LayerSpec& layer : architecture.layers) {
    for (const ParameterSpec& parameter : layer.parameters) {
      if (!parameter.in_matmul) continue;
      matmul_parameters += parameter.numel();
      if (parameter.frozen) frozen += parameter.numel();
    }
  }
  return {.parameters = architecture.num_parameters(),
          .matmul_parameters = matmul_parameters,
          .frozen_matmul_parameters = frozen,
          .layers = config.num_hidden_layers,
          .attention_width = config.num_attention_heads * config.head_size(),
          .sliding_window = config.sliding_window};
}

std::string_view name_of(FlopConvention convention) {
  switch (convention) {
    case FlopConvention::kAllParameters: return "6*N_all + 12*L*h*s";
    case FlopConvention::kMatmul: return "6*N_matmul + 12*L*h*s";
    case FlopConvention::kCausal: return "6*N_matmul + 6*L*h*s";
  }
  TRIREME_CHECK(false, "unknown FLOP convention");
}

double flops_per_token(const FlopTerms& terms, int64_t seq_len, FlopConvention convention) {
  TRIREME_CHECK(seq_len > 0, "seq_len must be positive, got {}", seq_len);
  const auto length = static_cast<double>(seq_len);
  const bool causal = convention == FlopConvention::kCausal;
  const double keys = causal ? mean_causal_keys(length, static_cast<double>(terms.sliding_window)) : length;
  const int64_t weights = convention == FlopConvention::kAllParameters ? terms.parameters : terms.matmul_parameters;
  return 6.0 * static_cast<double>(weights) - 2.0 * static_cast<double>(terms.frozen_matmul_parameters) +
         12.0 * static_cast<double>(terms.layers) * static_cast<double>(terms.attention_width) * keys;
}

double megatron_flops_per_token(const ModelConfig& config, int64_t seq_len) {
  const auto layers = static_cast<double>(config.num_hidden_layers);
  const auto hidden = static_cast<double>(config.hidden_size);
  const auto heads = static_cast<double>(config.num_attention_heads);
  const double attention =
      (1 + static_cast<double>(config.kv_heads()) / heads + static_cast<double>(seq_len) / hidden) *
      (heads * static_cast<double>(config.head_size()) / hidden);
  const double mlp = 1.5 * static_cast<double>(config.intermediate_size) / hidden;
  const double logits = static_cast<double>(config.vocab_size) / (2 * layers * hidden);
  return 12 * layers * hidden * hidden * (attention + mlp + logits);
}

}  // namespace trireme::arch
