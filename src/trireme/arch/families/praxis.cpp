#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"
#include "trireme/core/format.h"

namespace trireme::arch {

namespace {

void read(const formats::JsonObject& config, ModelConfig& model) {
  model.tie_word_embeddings = true;
  read_sizes(config, model);
  model.max_position_embeddings = config.integer_or("max_position_embeddings", model.max_position_embeddings);
  model.layer_norm_eps = config.number_or("layer_norm_eps", 1e-6);
  model.hidden_act = config.text_or("hidden_act", "gelu_pytorch_tanh");
  model.attn_logit_softcapping = config.number_or("attn_logit_softcapping", 0);
  model.final_logit_softcapping = config.number_or("final_logit_softcapping", 0);
}

void write(const ModelConfig& model, nlohmann::json& config) {
  write_sizes(model, config);
  config["layer_norm_eps"] = model.layer_norm_eps;
  config["hidden_act"] = activation_name(model);
  config["attn_logit_softcapping"] = number_or_null(model.attn_logit_softcapping);
  config["final_logit_softcapping"] = number_or_null(model.final_logit_softcapping);
}

}  // namespace

/// PaxML's language models: TransformerLm of Praxis (praxis/layers/transformer_models.py) as TransformerLmSpmdAdafactor
/// sets it up (paxml/tasks/lm/model_params.py): no biases in attention, biases of the MLP and of the softmax, queries
/// scaled element by element, LayerNorm kept as its distance from 1, the tied embedding scaled. transformers has no
/// such class, so config.json is written in its words and the tensors are called after Praxis' layers.
const Family& praxis() {
  static const Family family = [] {
    Family made;
    made.model_type = "praxis";
    made.hf_class = "TransformerLm";
    made.norm = Norm::kLayer;
    made.norm_adds_one = true;
    made.qkv = QkvLayout::kThirds;
    made.gated = false;
    made.positions = Positions::kSinusoidal;
    made.scaled_embedding = true;
    made.soft_caps = true;
    made.hidden_act = "gelu_pytorch_tanh";
    made.has_bias = [](Module module, const ModelConfig&) {
      return module != Module::kQkv && module != Module::kOutput && module != Module::kQueryScale;
    };
    made.layer_name = "transformer.layers.{}";
    made.embedding = {{Module::kTokens, "embedding_lookup"}};
    made.block = {{Module::kInputNorm, "layer_norm"},
                  {Module::kQkv, "self_attention.combined_qkv"},
                  {Module::kQueryScale, "self_attention.per_dim_scale"},
                  {Module::kOutput, "self_attention.post"},
                  {Module::kMlpInputNorm, "ff_layer.layer_norm"},
                  {Module::kUp, "ff_layer.ffn_layer1"},
                  {Module::kDown, "ff_layer.ffn_layer2"}};
    made.head = {{Module::kFinalNorm, "final_ln"}, {Module::kProjection, "softmax.logits_ffn"}};
    made.read = read;
    made.write = write;
    made.check = [](const ModelConfig& model, Diagnostics& found) {
      if (model.hidden_size % 2 == 0) return;
      found.error("model.hidden_size",
                  format("must be even in the praxis family, whose positions are sines and cosines, got {}",
                         model.hidden_size));
    };
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
