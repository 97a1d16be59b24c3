#pragma once

#include <cstdint>
#include <string>

namespace trireme::arch {

/// Frequency scaling of rotary embeddings, in the words of Hugging Face's `rope_parameters`.
struct RopeScaling {
  std::string rope_type = "default";  // default, linear, llama3
  double factor = 1.0;
  double low_freq_factor = 1.0;                     // llama3
  double high_freq_factor = 4.0;                    // llama3
  int64_t original_max_position_embeddings = 8192;  // llama3
};

/// A model's shape in the vocabulary of a Hugging Face config.json. 0 in a size means "not given". What all models of
/// one `model_type` share is in its Family (families/family.h).
struct ModelConfig {
  std::string model_type = "llama";
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;  // 0: as many as attention heads
  int64_t head_dim = 0;             // 0: hidden_size / num_attention_heads
  int64_t vocab_size = 0;
  int64_t max_position_embeddings = 2048;
  double rope_theta = 10000.0;
  RopeScaling rope_scaling;
  double partial_rotary_factor = 1.0;  // the part of a head that rotary embeddings turn
  double rms_norm_eps = 1e-5;
  double layer_norm_eps = 1e-5;
  double initializer_range = 0.02;
  bool tie_word_embeddings = false;
  std::string hidden_act;                // silu, gelu, gelu_pytorch_tanh; empty: the family's
  int64_t sliding_window = 0;            // tokens a query sees, itself included; 0: all before it
  bool use_bias = false;                 // mpt: linears and norms have biases
  bool attention_bias = false;           // llama: q, k, v and output have biases
  bool mlp_bias = false;                 // llama: gate, up and down have biases
  bool alibi = false;                    // mpt: attention falls off with distance; false: learned positions
  bool use_parallel_residual = true;     // gpt_neox
  double attn_logit_softcapping = 0.0;   // gemma2, praxis: scores are c tanh(s / c); 0: off
  double final_logit_softcapping = 0.0;  // gemma2, praxis: logits likewise
  double query_pre_attn_scalar = 0.0;    // gemma2: scores are divided by its root; 0: head_dim
  double dropout = 0.0;                  // the largest that the config.json trains with; not built
  int64_t type_vocab_size = 0;           // bert, megatron-bert: rows of the segment table
  int64_t mask_token_id = -1;            // encoders: what hides a token in training; -1: unknown
  bool token_dropout = false;            // esm: masked tokens embed as zeros, the others are scaled up
  bool masked_lm_head = true;            // bert: false for a bare encoder, whose last layer is the pooler

  int64_t kv_heads() const { return num_key_value_heads > 0 ? num_key_value_heads : num_attention_heads; }
  int64_t head_size() const { return head_dim > 0 ? head_dim : hidden_size / num_attention_heads; }
};

}  // namespace trireme::arch
