#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"

// Llama 1 to 3.2 (Touvron et al., 2023; "The Llama 3 Herd of Models", 2024), Mistral (Jiang et al., 2023), Qwen 2 to 3
// (Qwen Team, 2024 and 2025): one block, with a window, biases or norms of queries and keys.
namespace trireme::arch {

namespace {

Family decoder(std::string_view model_type, std::string_view hf_class) {
  Family family;
  family.model_type = model_type;
  family.hf_class = hf_class;
  family.layer_name = "model.layers.{}";
  family.embedding = {{Module::kTokens, "model.embed_tokens"}};
  family.block = {{Module::kInputNorm, "input_layernorm"}, {Module::kQuery, "self_attn.q_proj"},
                  {Module::kKey, "self_attn.k_proj"},      {Module::kValue, "self_attn.v_proj"},
                  {Module::kOutput, "self_attn.o_proj"},   {Module::kMlpInputNorm, "post_attention_layernorm"},
                  {Module::kGate, "mlp.gate_proj"},        {Module::kUp, "mlp.up_proj"},
                  {Module::kDown, "mlp.down_proj"}};
  family.head = {{Module::kFinalNorm, "model.norm"}, {Module::kProjection, "lm_head"}};
  family.base_prefix = "model.";
  return family;
}

void read_decoder(const formats::JsonObject& config, ModelConfig& model) {
  read_decoder_sizes(config, model);
  read_rope(config, model);
  model.rms_norm_eps = config.number_or("rms_norm_eps", 1e-6);
}

void write_decoder(const ModelConfig& model, nlohmann::json& config) {
  write_decoder_sizes(model, config);
  write_rope(model, config);
  config["rms_norm_eps"] = model.rms_norm_eps;
}

bool llama_has_bias(Module module, const ModelConfig& model) {
  switch (module) {
    case Module::kQuery:
    case Module::kKey:
    case Module::kValue:
    case Module::kOutput: return model.attention_bias;
    case Module::kGate:
    case Module::kUp:
    case Module::kDown: return model.mlp_bias;
    default: return false;
  }
}

/// Qwen's config.json keeps the size of a window that use_sliding_window switches on.
void read_qwen(const formats::JsonObject& config, ModelConfig& model) {
  read_decoder(config, model);
  if (config.boolean_or("use_sliding_window", false)) {
    config.fail("use_sliding_window", "is true; Qwen's windows from max_window_layers on are not supported");
  }
}

void write_qwen(const ModelConfig& model, nlohmann::json& config) {
  write_decoder(model, config);
  config["use_sliding_window"] = false;
  config["sliding_window"] = nullptr;
}

}  // namespace

const Family& llama() {
  static const Family family = [] {
    Family made = decoder("llama", "LlamaForCausalLM");
    made.has_bias = llama_has_bias;
    made.read = [](const formats::JsonObject& config, ModelConfig& model) {
      read_decoder(config, model);
      model.attention_bias = config.boolean_or("attention_bias", false);
      model.mlp_bias = config.boolean_or("mlp_bias", false);
      check_layer_types(config, [](int64_t) { return false; });
    };
    made.write = [](const ModelConfig& model, nlohmann::json& config) {
      write_decoder(model, config);
      config["attention_bias"] = model.attention_bias;
      config["mlp_bias"] = model.mlp_bias;
    };
    return made;
  }();
  return family;
}

const Family& mistral() {
  static const Family family = [] {
    Family made = decoder("mistral", "MistralForCausalLM");
    made.windowed = true;
    made.read = [](const formats::JsonObject& config, ModelConfig& model) {
      model.num_key_value_heads = 8;
      model.max_position_embeddings = 4096 * 32;
      model.sliding_window = 4096;
      read_decoder(config, model);
      read_window(config, model);
      check_layer_types(config, [&](int64_t) { return model.sliding_window > 0; });
    };
    made.write = [](const ModelConfig& model, nlohmann::json& config) {
      write_decoder(model, config);
      write_window(model, config);
    };
    return made;
  }();
  return family;
}

const Family& qwen2() {
  static const Family family = [] {
    Family made = decoder("qwen2", "Qwen2ForCausalLM");
    made.has_bias = [](Module module, const ModelConfig&) {
      return module == Module::kQuery || module == Module::kKey || module == Module::kValue;
    };
    made.read = [](const formats::JsonObject& config, ModelConfig& model) {
      model.num_key_value_heads = 32;
      model.max_position_embeddings = 32768;
      read_qwen(config, model);
    };
    made.write = write_qwen;
    return made;
  }();
  return family;
}

const Family& qwen3() {
  static const Family family = [] {
    Family made = decoder("qwen3", "Qwen3ForCausalLM");
    made.block.insert(made.block.begin() + 5,
                      {{Module::kQueryNorm, "self_attn.q_norm"}, {Module::kKeyNorm, "self_attn.k_norm"}});
    made.read = [](const formats::JsonObject& config, ModelConfig& model) {
      model.num_key_value_heads = 32;
      model.head_dim = 128;
      model.max_position_embeddings = 32768;
      read_qwen(config, model);
      refuse_true(config, {"attention_bias"});
    };
    made.write = [](const ModelConfig& model, nlohmann::json& config) {
      write_qwen(model, config);
      config["attention_bias"] = false;
    };
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
