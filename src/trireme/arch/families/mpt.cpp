#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"
#include "trireme/core/format.h"

namespace trireme::arch {

namespace {

void read(const formats::JsonObject& config, ModelConfig& model) {
  model.hidden_size = config.integer_or("d_model", 2048);
  model.intermediate_size = model.hidden_size * config.integer_or("expansion_ratio", 4);
  model.num_hidden_layers = config.integer_or("n_layers", 24);
  model.num_attention_heads = config.integer_or("n_heads", 16);
  model.vocab_size = config.integer_or("vocab_size", 50368);
  model.max_position_embeddings = config.integer_or("max_seq_len", 2048);
  model.layer_norm_eps = config.number_or("layer_norm_epsilon", 1e-5);
  model.initializer_range = config.number_or("initializer_range", 0.02);
  model.tie_word_embeddings = config.boolean_or("tie_word_embeddings", true);
  model.use_bias = !config.boolean_or("no_bias", true);
  model.alibi = true;
  if (!config.has("attn_config")) return;
  const formats::JsonObject attention = config.object("attn_config");
  model.alibi = attention.boolean_or("alibi", true);
  refuse_true(attention, {"qk_ln", "prefix_lm", "attn_uses_sequence_id"});
  for (const char* key : {"clip_qkv", "softmax_scale"}) {
    if (attention.has(key)) attention.fail(key, "is not supported: leave it out");
  }
  if (attention.integer_or("alibi_bias_max", 8) != 8) attention.fail("alibi_bias_max", "only 8 is supported");
  const std::string type = attention.text_or("attn_type", "multihead_attention");
  if (type != "multihead_attention") attention.fail("attn_type", format("\"{}\" is not supported", type));
}

void write(const ModelConfig& model, nlohmann::json& config) {
  config["d_model"] = model.hidden_size;
  config["expansion_ratio"] = model.intermediate_size / model.hidden_size;
  config["n_layers"] = model.num_hidden_layers;
  config["n_heads"] = model.num_attention_heads;
  config["max_seq_len"] = model.max_position_embeddings;
  config["layer_norm_epsilon"] = model.layer_norm_eps;
  config["no_bias"] = !model.use_bias;
  config["attn_config"] = {{"alibi", model.alibi}, {"attn_type", "multihead_attention"}, {"attn_pdrop", 0}};
  config["emb_pdrop"] = config["resid_pdrop"] = 0.0;
}

}  // namespace

/// MosaicML, "Introducing MPT-7B", 2023. transformers builds only ALiBi without biases; learned positions and biases
/// are llm-foundry's, under the names of its checkpoints. ALiBi: Press et al., "Train Short, Test Long", 2022.
const Family& mpt() {
  static const Family family = [] {
    Family made;
    made.model_type = "mpt";
    made.hf_class = "MptForCausalLM";
    made.norm = Norm::kLayer;
    made.qkv = QkvLayout::kThirds;
    made.gated = false;
    made.positions = Positions::kLearned;
    made.hidden_act = "gelu";
    made.has_bias = [](Module module, const ModelConfig& config) {
      return config.use_bias && module != Module::kProjection;
    };
    made.has = [](Module module, const ModelConfig& config) { return module != Module::kPositions || !config.alibi; };
    made.layer_name = "transformer.blocks.{}";
    made.embedding = {{Module::kTokens, "transformer.wte"}, {Module::kPositions, "transformer.wpe"}};
    made.block = {{Module::kInputNorm, "norm_1"},    {Module::kQkv, "attn.Wqkv"},  {Module::kOutput, "attn.out_proj"},
                  {Module::kMlpInputNorm, "norm_2"}, {Module::kUp, "ffn.up_proj"}, {Module::kDown, "ffn.down_proj"}};
    made.head = {{Module::kFinalNorm, "transformer.norm_f"}, {Module::kProjection, "lm_head"}};
    made.base_prefix = "transformer.";
    made.read = read;
    made.write = write;
    made.check = [](const ModelConfig& model, Diagnostics& found) {
      if (model.hidden_size > 0 && model.intermediate_size % model.hidden_size != 0) {
        found.error("model.intermediate_size",
                    format("must be a multiple of model.hidden_size = {} in the mpt family, got {}", model.hidden_size,
                           model.intermediate_size));
      }
    };
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
