#include "trireme/arch/validate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "trireme/core/format.h"

namespace trireme::arch {

namespace {

const std::vector<std::string> kModelTypes = {"llama", "mistral"};
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
  } else if (config.head_size() % 2 != 0) {
    found.error("model.head_dim",
                format("must be even, since rotary embeddings turn pairs of numbers, got {}", config.head_size()));
  }
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
  check_choice(found, "model.model_type", config.model_type, kModelTypes);
  check_sizes(found, config);
  check_heads(found, config);
  check_rope(found, config);
  check_positive(found, "model.rms_norm_eps", config.rms_norm_eps);
  check_positive(found, "model.initializer_range", config.initializer_range);
  if (config.model_type == "llama" && config.sliding_window > 0) {
    found.error("model.sliding_window",
                format("the llama family attends to all earlier tokens, got {}", config.sliding_window),
                "model.model_type = \"mistral\" has a sliding window");
  }
  return found;
}

}  // namespace trireme::arch
