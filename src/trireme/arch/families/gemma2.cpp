#include <cmath>
#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"

namespace trireme::arch {

namespace {

void read(const formats::JsonObject& config, ModelConfig& model) {
  model.head_dim = 256;
  model.num_key_value_heads = 4;
  model.max_position_embeddings = 8192;
  model.tie_word_embeddings = true;
  model.sliding_window = 4096;
  read_decoder_sizes(config, model);
  read_rope(config, model);
  read_window(config, model);
  model.rms_norm_eps = config.number_or("rms_norm_eps", 1e-6);
  model.query_pre_attn_scalar = static_cast<double>(config.integer_or("query_pre_attn_scalar", 256));
  model.attn_logit_softcapping = config.number_or("attn_logit_softcapping", 0);
  model.final_logit_softcapping = config.number_or("final_logit_softcapping", 0);
  model.hidden_act = config.text_or("hidden_activation", "gelu_pytorch_tanh");
  refuse_true(config, {"attention_bias", "use_bidirectional_attention"});
  check_layer_types(config, [&](int64_t layer) { return layer % 2 == 0; });
}

void write(const ModelConfig& model, nlohmann::json& config) {
  write_decoder_sizes(model, config);
  write_rope(model, config);
  write_window(model, config);
  config["rms_norm_eps"] = model.rms_norm_eps;
  // A whole number to transformers.
  config["query_pre_attn_scalar"] =
      model.query_pre_attn_scalar > 0 ? std::llround(model.query_pre_attn_scalar) : model.head_size();
  config["attn_logit_softcapping"] = number_or_null(model.attn_logit_softcapping);
  config["final_logit_softcapping"] = number_or_null(model.final_logit_softcapping);
  config["hidden_activation"] = activation_name(model);
  config["attention_bias"] = false;
}

}  // namespace

/// Gemma Team, "Gemma 2: Improving Open Language Models at a Practical Size", 2024.
const Family& gemma2() {
  static const Family family = [] {
    Family made;
    made.model_type = "gemma2";
    made.hf_class = "Gemma2ForCausalLM";
    made.wiring = Wiring::kSandwich;
    made.norm_adds_one = true;
    made.windowed = made.alternating_windows = true;
    made.scaled_embedding = true;
    made.soft_caps = true;
    made.hidden_act = "gelu_pytorch_tanh";
    made.layer_name = "model.layers.{}";
    made.embedding = {{Module::kTokens, "model.embed_tokens"}};
    made.block = {{Module::kInputNorm, "input_layernorm"},
                  {Module::kQuery, "self_attn.q_proj"},
                  {Module::kKey, "self_attn.k_proj"},
                  {Module::kValue, "self_attn.v_proj"},
                  {Module::kOutput, "self_attn.o_proj"},
                  {Module::kAttentionNorm, "post_attention_layernorm"},
                  {Module::kMlpInputNorm, "pre_feedforward_layernorm"},
                  {Module::kGate, "mlp.gate_proj"},
                  {Module::kUp, "mlp.up_proj"},
                  {Module::kDown, "mlp.down_proj"},
                  {Module::kMlpNorm, "post_feedforward_layernorm"}};
    made.head = {{Module::kFinalNorm, "model.norm"}, {Module::kProjection, "lm_head"}};
    made.base_prefix = "model.";
    made.read = read;
    made.write = write;
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
