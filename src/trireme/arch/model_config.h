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

/// A decoder's shape in the vocabulary of a Hugging Face config.json. 0 in a size means "not given".
struct ModelConfig {
  std::string model_type = "llama";  // llama, mistral
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
  double rms_norm_eps = 1e-5;
  double initializer_range = 0.02;
  bool tie_word_embeddings = false;
  int64_t sliding_window = 0;  // tokens a query sees, itself included; 0: all before it

  int64_t kv_heads() const { return num_key_value_heads > 0 ? num_key_value_heads : num_attention_heads; }
  int64_t head_size() const { return head_dim > 0 ? head_dim : hidden_size / num_attention_heads; }
};

}  // namespace trireme::arch
