#include "trireme/arch/gguf_limits.h"

#include "trireme/arch/families/family.h"
#include "trireme/arch/gguf_architecture.h"
#include "trireme/core/error.h"

namespace trireme::arch {

namespace {

void require(bool holds, const ModelConfig& config, const std::string& what, const std::string& only) {
  if (!holds) {
    throw ConfigError(
        format("{} can't be written as GGUF: llama.cpp runs a {} with {} only", what, config.model_type, only));
  }
}

void check_gemma2(const ModelConfig& config) {
  const double scalar = config.query_pre_attn_scalar > 0 ? config.query_pre_attn_scalar : config.head_size();
  const double built_in = gguf_query_scalar(config);
  require(scalar == built_in, config, format("query_pre_attn_scalar {}", scalar), format("{}", built_in));
  require(config.tie_word_embeddings, config, "a head of its own", "the embedding's weight as head");
  require(config.attn_logit_softcapping > 0 && config.final_logit_softcapping > 0, config, "no soft cap",
          "both soft caps");
  require(config.sliding_window > 0, config, "sliding_window 0", "a window in every other layer");
}

}  // namespace

void set_gguf_defaults(ModelConfig& model) {
  if (model.model_type != "gemma2") return;
  model.sliding_window = 4096;
  model.attn_logit_softcapping = 50;
  model.final_logit_softcapping = 30;
}

double gguf_query_scalar(const ModelConfig& model) {
  if (model.model_type != "gemma2") return 0;
  constexpr int64_t kLayersOf27B = 46;  // whose query_pre_attn_scalar of 144 llama.cpp tells by this
  return static_cast<double>(model.num_hidden_layers == kLayersOf27B ? model.hidden_size / model.num_attention_heads
                                                                     : model.head_size());
}

void check_gguf_limits(const ModelConfig& config) {
  if (gguf_architecture(config.model_type).empty()) {
    throw ConfigError(
        format("a {} model can't be written as GGUF; supported are {}", config.model_type, gguf_model_types()));
  }
  const std::string& scaling = config.rope_scaling.rope_type;
  if (scaling != "default" && scaling != "linear") {
    throw ConfigError(format("rope_type {} can't be written as GGUF; supported are default, linear", scaling));
  }
  const std::string_view usual = family_of(config).hidden_act;
  require(activation_from_name(activation_name(config)) == activation_from_name(usual), config,
          format("hidden_act {}", config.hidden_act), std::string(usual));
  if (config.model_type == "gemma2") check_gemma2(config);
}

}  // namespace trireme::arch
