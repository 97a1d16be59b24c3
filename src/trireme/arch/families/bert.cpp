#include <nlohmann/json.hpp>

#include "trireme/arch/families/all.h"
#include "trireme/arch/families/hf_keys.h"
#include "trireme/core/format.h"

namespace trireme::arch {

namespace {

void read_encoder(const formats::JsonObject& config, ModelConfig& model) {
  read_sizes(config, model);
  model.max_position_embeddings = config.integer_or("max_position_embeddings", 512);
  model.type_vocab_size = config.integer_or("type_vocab_size", 2);
  model.layer_norm_eps = config.number_or("layer_norm_eps", 1e-12);
  model.tie_word_embeddings = config.boolean_or("tie_word_embeddings", true);
  model.hidden_act = config.text_or("hidden_act", "gelu");
  model.mask_token_id = config.integer_or("mask_token_id", -1);
  const std::string positions = config.text_or("position_embedding_type", "absolute");
  if (positions != "absolute") config.fail("position_embedding_type", format("\"{}\" is not supported", positions));
}

void read_bert(const formats::JsonObject& config, ModelConfig& model) {
  read_encoder(config, model);
  const std::string built = first_architecture(config, "BertForMaskedLM");
  model.masked_lm_head = built != "BertModel";
  if (model.masked_lm_head && built != "BertForMaskedLM") {
    config.fail("architectures", format("{} is not supported; supported are BertForMaskedLM and BertModel", built));
  }
}

void write(const ModelConfig& model, nlohmann::json& config) {
  write_sizes(model, config);
  config["type_vocab_size"] = model.type_vocab_size;
  config["layer_norm_eps"] = model.layer_norm_eps;
  config["hidden_act"] = activation_name(model);
  config["position_embedding_type"] = "absolute";
  config["hidden_dropout_prob"] = config["attention_probs_dropout_prob"] = 0.0;
  if (model.mask_token_id >= 0) config["mask_token_id"] = model.mask_token_id;
}

bool is_of_lm_head(Module module) {
  return module == Module::kTransform || module == Module::kTransformNorm || module == Module::kProjection;
}

/// But for the norms.
Family encoder(std::string_view model_type, std::string_view hf_class) {
  Family made;
  made.model_type = model_type;
  made.hf_class = hf_class;
  made.norm = Norm::kLayer;
  made.gated = false;
  made.causal = false;
  made.positions = Positions::kLearned;
  made.hidden_act = "gelu";
  made.has_bias = [](Module, const ModelConfig&) { return true; };
  made.layer_name = "bert.encoder.layer.{}";
  made.embedding = {{Module::kTokens, "bert.embeddings.word_embeddings"},
                    {Module::kPositions, "bert.embeddings.position_embeddings"},
                    {Module::kTokenTypes, "bert.embeddings.token_type_embeddings"}};
  made.block = {{Module::kQuery, "attention.self.query"}, {Module::kKey, "attention.self.key"},
                {Module::kValue, "attention.self.value"}, {Module::kOutput, "attention.output.dense"},
                {Module::kUp, "intermediate.dense"},      {Module::kDown, "output.dense"}};
  made.head = {{Module::kTransform, "cls.predictions.transform.dense"},
               {Module::kTransformNorm, "cls.predictions.transform.LayerNorm"},
               {Module::kProjection, "cls.predictions.decoder"}};
  made.renamed = {{"cls.predictions.decoder.bias", "cls.predictions.bias"}};
  made.base_prefix = "bert.";
  made.unused = {"cls.predictions.decoder.", "embeddings.position_ids", "cls.seq_relationship."};
  made.read = read_encoder;
  made.write = write;
  return made;
}

}  // namespace

/// Devlin et al., "BERT", 2019, with its masked language model, or bare with the pooler. Sentences are one segment.
const Family& bert() {
  static const Family family = [] {
    Family made = encoder("bert", "BertForMaskedLM");
    made.wiring = Wiring::kPostNorm;
    made.has = [](Module module, const ModelConfig& config) {
      return module == Module::kPooler ? !config.masked_lm_head : config.masked_lm_head || !is_of_lm_head(module);
    };
    made.embedding.emplace_back(Module::kEmbeddingNorm, "bert.embeddings.LayerNorm");
    made.block.emplace_back(Module::kAttentionNorm, "attention.output.LayerNorm");
    made.block.emplace_back(Module::kMlpNorm, "output.LayerNorm");
    made.head.emplace_back(Module::kPooler, "bert.pooler.dense");
    made.read = read_bert;
    made.write = [](const ModelConfig& model, nlohmann::json& config) {
      write(model, config);
      if (!model.masked_lm_head) config["architectures"] = {"BertModel"};
    };
    return made;
  }();
  return family;
}

/// Shoeybi et al., "Megatron-LM", 2019, section 5.3: BERT with the norms before attention and MLP, and a final one. It
/// may have no segments (type_vocab_size 0), as NeMo builds it without the binary head; transformers needs one.
const Family& megatron_bert() {
  static const Family family = [] {
    Family made = encoder("megatron-bert", "MegatronBertForMaskedLM");
    made.scaled_residual_init = true;
    made.has = [](Module module, const ModelConfig& config) {
      return module != Module::kTokenTypes || config.type_vocab_size != 0;
    };
    made.block.emplace_back(Module::kInputNorm, "attention.ln");
    made.block.emplace_back(Module::kMlpInputNorm, "ln");
    made.head.emplace(made.head.begin(), Module::kFinalNorm, "bert.encoder.ln");
    made.unused.emplace_back("bert.pooler.");
    return made;
  }();
  return family;
}

}  // namespace trireme::arch
