#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"

namespace trireme::arch {

namespace {

void read(const formats::JsonObject& config, ModelConfig& model) {
  model.hidden_size = config.integer_or("n_embd", 768);
  model.intermediate_size = config.integer_or("n_inner", 4 * model.hidden_size);
  model.num_hidden_layers = config.integer_or("n_layer", 12);
  model.num_attention_heads = config.integer_or("n_head", 12);
  model.vocab_size = config.integer_or("vocab_size", 50257);
  model.max_position_embeddings = config.integer_or("n_positions", 1024);
  model.layer_norm_eps = config.number_or("layer_norm_epsilon", 1e-5);
  model.initializer_range = config.number_or("initializer_range", 0.02);
  model.tie_word_embeddings = config.boolean_or("tie_word_embeddings", true);
  model.hidden_act = config.text_or("activation_function", "gelu_new");
  refuse_true(config, {"scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"});
  if (!config.boolean_or("scale_attn_weights", true))
    config.fail("scale_attn_weights", "is false; only true is supported");
}

void write(const ModelConfig& model, nlohmann::json& config) {
  config["n_embd"] = model.hidden_size;
  config["n_inner"] = model.intermediate_size;
  config["n_layer"] = model.num_hidden_layers;
  config["n_head"] = model.num_attention_heads;
  config["n_positions"] = model.max_position_embeddings;
  config["layer_norm_epsilon"] = model.layer_norm_eps;
  config["activation_function"] = activation_name(model);
  config["attn_pdrop"] = config["embd_pdrop"] = config["resid_pdrop"] = 0.0;
}

}  // namespace

/// Radford et al., "Language Models are Unsupervised Multitask Learners", 2019; at other sizes GPT-3 (Brown et al.,
/// 2020) with full attention. Its linears are Conv1D modules, whose weights are [in, out].
const Family& gpt2() {
  static const Family family = [] {
    Family made;
    made.model_type = "gpt2";
    made.hf_class = "GPT2LMHeadModel";
    made.norm = Norm::kLayer;
    made.qkv = QkvLayout::kThirds;
    made.transposed = true;
    made.gated = false;
    made.positions = Positions::kLearned;
    made.hidden_act = "gelu_new";
    made.scaled_residual_init = true;
    made.has_bias = [](Module module, const ModelConfig&) { return module != Module::kProjection; };
    made.layer_name = "transformer.h.{}";
    made.embedding = {{Module::kTokens, "transformer.wte"}, {Module::kPositions, "transformer.wpe"}};
    made.block = {{Module::kInputNorm, "ln_1"},    {Module::kQkv, "attn.c_attn"}, {Module::kOutput, "attn.c_proj"},
                  {Module::kMlpInputNorm, "ln_2"}, {Module::kUp, "mlp.c_fc"},     {Module::kDown, "mlp.c_proj"}};
    made.head = {{Module::kFinalNorm, "transformer.ln_f"}, {Module::kProjection, "lm_head"}};
    made.base_prefix = "transformer.";
    made.unused = {".attn.bias", ".attn.masked_bias"};
    made.read = read;
    made.write = write;
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
