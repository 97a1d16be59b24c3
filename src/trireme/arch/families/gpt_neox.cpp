#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"

namespace trireme::arch {

namespace {

void read(const formats::JsonObject& config, ModelConfig& model) {
  read_sizes(config, model);
  model.max_position_embeddings = config.integer_or("max_position_embeddings", 2048);
  model.rope_theta = config.number_or("rotary_emb_base", 10000.0);
  model.partial_rotary_factor = config.number_or("rotary_pct", 0.25);
  read_rope(config, model);
  model.layer_norm_eps = config.number_or("layer_norm_eps", 1e-5);
  model.hidden_act = config.text_or("hidden_act", "gelu");
  model.use_parallel_residual = config.boolean_or("use_parallel_residual", true);
  if (!config.boolean_or("attention_bias", true)) config.fail("attention_bias", "is false; only true is supported");
}

void write(const ModelConfig& model, nlohmann::json& config) {
  write_sizes(model, config);
  write_rope(model, config);
  config["rotary_emb_base"] = model.rope_theta;
  config["rotary_pct"] = model.partial_rotary_factor;
  config["layer_norm_eps"] = model.layer_norm_eps;
  config["hidden_act"] = activation_name(model);
  config["use_parallel_residual"] = model.use_parallel_residual;
  config["attention_bias"] = true;
  config["attention_dropout"] = config["hidden_dropout"] = 0.0;
}

}  // namespace

/// Black et al., "GPT-NeoX-20B", 2022.
const Family& gpt_neox() {
  static const Family family = [] {
    Family made;
    made.model_type = "gpt_neox";
    made.hf_class = "GPTNeoXForCausalLM";
    made.wiring = Wiring::kParallel;
    made.norm = Norm::kLayer;
    made.qkv = QkvLayout::kByHead;
    made.gated = false;
    made.hidden_act = "gelu";
    made.has_bias = [](Module module, const ModelConfig&) { return module != Module::kProjection; };
    made.layer_name = "gpt_neox.layers.{}";
    made.embedding = {{Module::kTokens, "gpt_neox.embed_in"}};
    made.block = {{Module::kInputNorm, "input_layernorm"}, {Module::kQkv, "attention.query_key_value"},
                  {Module::kOutput, "attention.dense"},    {Module::kMlpInputNorm, "post_attention_layernorm"},
                  {Module::kUp, "mlp.dense_h_to_4h"},      {Module::kDown, "mlp.dense_4h_to_h"}};
    made.head = {{Module::kFinalNorm, "gpt_neox.final_layer_norm"}, {Module::kProjection, "embed_out"}};
    made.base_prefix = "gpt_neox.";
    made.unused = {".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"};
    made.read = read;
    made.write = write;
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
