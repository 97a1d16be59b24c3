#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"
#include "trireme/core/format.h"

namespace trireme::arch {

namespace {

void read(const formats::JsonObject& config, ModelConfig& model) {
  read_sizes(config, model);
  model.max_position_embeddings = config.integer_or("max_position_embeddings", 1026);
  model.layer_norm_eps = config.number_or("layer_norm_eps", 1e-12);
  model.tie_word_embeddings = config.boolean_or("tie_word_embeddings", true);
  model.hidden_act = config.text_or("hidden_act", "gelu");
  model.mask_token_id = config.integer("mask_token_id");
  model.token_dropout = config.boolean_or("token_dropout", false);
  refuse_true(config, {"emb_layer_norm_before", "is_folding_model"});
  const std::string positions = config.text_or("position_embedding_type", "absolute");
  if (positions != "rotary") {
    config.fail("position_embedding_type", format("\"{}\" is not supported; ESM-2 has \"rotary\"", positions));
  }
}

void write(const ModelConfig& model, nlohmann::json& config) {
  write_sizes(model, config);
  config["layer_norm_eps"] = model.layer_norm_eps;
  config["hidden_act"] = activation_name(model);
  config["position_embedding_type"] = "rotary";
  config["emb_layer_norm_before"] = false;
  config["mask_token_id"] = model.mask_token_id;
  config["pad_token_id"] = 1;
  config["token_dropout"] = model.token_dropout;
  config["hidden_dropout_prob"] = config["attention_probs_dropout_prob"] = 0.0;
}

}  // namespace

/// Lin et al., "Evolutionary-scale prediction of atomic-level protein structure with a language model", 2023: ESM-2.
const Family& esm() {
  static const Family family = [] {
    Family made;
    made.model_type = "esm";
    made.hf_class = "EsmForMaskedLM";
    made.norm = Norm::kLayer;
    made.gated = false;
    made.causal = false;
    made.hidden_act = "gelu";
    made.has_bias = [](Module, const ModelConfig&) { return true; };
    made.layer_name = "esm.encoder.layer.{}";
    made.embedding = {{Module::kTokens, "esm.embeddings.word_embeddings"}};
    made.block = {{Module::kInputNorm, "attention.LayerNorm"}, {Module::kQuery, "attention.self.query"},
                  {Module::kKey, "attention.self.key"},        {Module::kValue, "attention.self.value"},
                  {Module::kOutput, "attention.output.dense"}, {Module::kMlpInputNorm, "LayerNorm"},
                  {Module::kUp, "intermediate.dense"},         {Module::kDown, "output.dense"}};
    made.head = {{Module::kFinalNorm, "esm.encoder.emb_layer_norm_after"},
                 {Module::kTransform, "lm_head.dense"},
                 {Module::kTransformNorm, "lm_head.layer_norm"},
                 {Module::kProjection, "lm_head.decoder"}};
    made.renamed = {{"lm_head.decoder.bias", "lm_head.bias"}};
    made.base_prefix = "esm.";
    made.unused = {"lm_head.decoder.", "esm.contact_head.", "embeddings.position_ids",
                   "embeddings.position_embeddings.", ".rotary_embeddings.inv_freq"};
    made.read = read;
    made.write = write;
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
