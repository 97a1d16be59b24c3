#include "trireme/arch/validate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "trireme/arch/families/family.h"
#include "trireme/core/format.h"

namespace trireme::arch {

namespace {

std::vector<std::string> model_types() {
  std::vector<std::string> names;
  for (const Family* family : families()) names.emplace_back(family->model_type);
  return names;
}

const std::vector<std::string> kRopeTypes = {"default", "linear", "llama3"};

void check_choice(Diagnostics& found, const std::string& key, const std::string& value,
                  const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
  const std::string near = nearest_name(value, choices);
  found.error(key, format("unknown value \"{}\"; valid are {}", value, list),
              near.empty() ? "" : format("did you mean \"{}\"?", near));
}

void check_sizes(Diagnostics& found, const ModelConfig& config) {
  struct Size {
    const char* key;
    int64_t value;
  };
  for (const auto& [key, value] :
       {Size{"model.hidden_size", config.hidden_size}, Size{"model.intermediate_size", config.intermediate_size},
        Size{"model.num_hidden_layers", config.num_hidden_layers},
        Size{"model.num_attention_heads", config.num_attention_heads}, Size{"model.vocab_size", config.vocab_size}}) {
    if (value == 0) found.error(key, "is missing; give a whole number of at least 1");
    if (value < 0) found.error(key, format("must be at least 1, got {}", value));
  }
  for (const auto& [key, value] :
       {Size{"model.num_key_value_heads", config.num_key_value_heads}, Size{"model.head_dim", config.head_dim},
        Size{"model.sliding_window", config.sliding_window}}) {
    if (value < 0) found.error(key, format("must be at least 0, got {}", value));
  }
  if (config.max_position_embeddings < 1) {
    found.error("model.max_position_embeddings", format("must be at least 1, got {}", config.max_position_embeddings));
  }
}

void check_heads(Diagnostics& found, const ModelConfig& config) {
  const int64_t heads = config.num_attention_heads;
  if (heads <= 0 || config.num_key_value_heads < 0 || config.head_dim < 0) return;
  if (heads % config.kv_heads() != 0) {
    found.error("model.num_key_value_heads",
                format("must divide model.num_attention_heads = {}, got {}", heads, config.num_key_value_heads));
  }
  if (config.hidden_size <= 0) return;
  if (config.head_dim == 0 && config.hidden_size % heads != 0) {
    found.error("model.num_attention_heads",
                format("must divide model.hidden_size = {}, got {}", config.hidden_size, heads),
                "or give model.head_dim");
  }
}

/// Of a family that exists.
void check_family(Diagnostics& found, const ModelConfig& config) {
  const Family& family = family_of(config);
  const auto only = [&](const char* key, bool given, bool fits, const std::string& hint = "") {
    if (given && !fits)
      found.error(key, format("the {} family has no such thing; leave it out", family.model_type), hint);
  };
  if (config.sliding_window > 0 && !family.windowed) {
    found.error("model.sliding_window",
                format("the {} family attends to all earlier tokens, got {}", family.model_type, config.sliding_window),
                "model.model_type = \"mistral\" has a sliding window");
  }
  only("model.alibi", config.alibi, family.model_type == "mpt");
  only("model.use_bias", config.use_bias, family.model_type == "mpt");
  only("model.attention_bias", config.attention_bias, family.model_type == "llama");
  only("model.mlp_bias", config.mlp_bias, family.model_type == "llama");
  only("model.type_vocab_size", config.type_vocab_size > 0, has_module(family.embedding, Module::kTokenTypes));
  only("model.attn_logit_softcapping", config.attn_logit_softcapping > 0, family.soft_caps);
  only("model.final_logit_softcapping", config.final_logit_softcapping > 0, family.soft_caps);
  only("model.partial_rotary_factor", config.partial_rotary_factor != 1.0, family.model_type == "gpt_neox");
  only("model.token_dropout", config.token_dropout, family.model_type == "esm");
  if (family.qkv != QkvLayout::kSeparate && config.kv_heads() != config.num_attention_heads) {
    found.error("model.num_key_value_heads",
                format("the {} family has as many as query heads = {}, got {}", family.model_type,
                       config.num_attention_heads, config.num_key_value_heads));
  }
  if (has_module(family.embedding, Module::kTokenTypes) && family.has(Module::kTokenTypes, config) &&
      config.type_vocab_size < 1) {
    found.error("model.type_vocab_size", "is missing; BERT has 2");
  }
  family.check(config, found);
}

void check_activation(Diagnostics& found, const ModelConfig& config) {
  if (config.hidden_act.empty() || activation_from_name(config.hidden_act)) return;
  check_choice(found, "model.hidden_act", config.hidden_act, {"silu", "gelu", "gelu_new", "gelu_pytorch_tanh"});
}

void check_turned(Diagnostics& found, const ModelConfig& config) {
  const bool has_heads = config.head_dim > 0 || (config.head_dim == 0 && config.num_attention_heads > 0 &&
                                                 config.hidden_size % config.num_attention_heads == 0);
  if (!has_heads || config.hidden_size <= 0 || family_of(config).positions != Positions::kRotary) return;
  const auto turned = static_cast<int64_t>(static_cast<double>(config.head_size()) * config.partial_rotary_factor);
  if (turned % 2 == 0 && (turned > 0 || config.head_size() == 0)) return;
  found.error("model.head_dim", format("must be even, since rotary embeddings turn pairs of numbers, got {}", turned));
}

void check_positive(Diagnostics& found, const std::string& key, double value) {
  if (!(value > 0) || !std::isfinite(value)) found.error(key, format("must be a positive number, got {}", value));
}

void check_rope(Diagnostics& found, const ModelConfig& config) {
  const RopeScaling& scaling = config.rope_scaling;
  check_positive(found, "model.rope_theta", config.rope_theta);
  check_choice(found, "model.rope_scaling.rope_type", scaling.rope_type, kRopeTypes);
  if (scaling.rope_type == "default") return;
  check_positive(found, "model.rope_scaling.factor", scaling.factor);
  if (scaling.rope_type != "llama3") return;
  check_positive(found, "model.rope_scaling.low_freq_factor", scaling.low_freq_factor);
  if (!(scaling.high_freq_factor > scaling.low_freq_factor)) {
    found.error("model.rope_scaling.high_freq_factor", format("must be above low_freq_factor = {}, got {}",
                                                              scaling.low_freq_factor, scaling.high_freq_factor));
  }
  if (scaling.original_max_position_embeddings < 1) {
    found.error("model.rope_scaling.original_max_position_embeddings",
                format("must be at least 1, got {}", scaling.original_max_position_embeddings));
  }
}

}  // namespace

Diagnostics validate(const ModelConfig& config) {
  Diagnostics found;
  check_choice(found, "model.model_type", config.model_type, model_types());
  check_sizes(found, config);
  check_heads(found, config);
  check_rope(found, config);
  check_activation(found, config);
  check_positive(found, "model.rms_norm_eps", config.rms_norm_eps);
  check_positive(found, "model.layer_norm_eps", config.layer_norm_eps);
  check_positive(found, "model.initializer_range", config.initializer_range);
  if (find_family(config.model_type)) {
    check_turned(found, config);
    check_family(found, config);
  }
  return found;
}

}  // namespace trireme::arch
