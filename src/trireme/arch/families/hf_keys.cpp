#include "trireme/arch/families/hf_keys.h"

#include "trireme/arch/families/family.h"
#include "trireme/core/format.h"

namespace trireme::arch {

using formats::JsonObject;
using nlohmann::json;

namespace {

RopeScaling read_scaling(const JsonObject& rope) {
  RopeScaling scaling;
  scaling.rope_type = rope.text_or("rope_type", rope.text_or("type", "default"));
  if (scaling.rope_type == "default") return scaling;
  if (scaling.rope_type != "linear" && scaling.rope_type != "llama3") {
    rope.fail("rope_type", format("\"{}\" is not supported; supported are default, linear, llama3", scaling.rope_type));
  }
  scaling.factor = rope.number("factor");
  if (scaling.rope_type == "linear") return scaling;
  scaling.low_freq_factor = rope.number("low_freq_factor");
  scaling.high_freq_factor = rope.number("high_freq_factor");
  scaling.original_max_position_embeddings = rope.integer("original_max_position_embeddings");
  return scaling;
}

json scaling_to_json(const RopeScaling& scaling) {
  if (scaling.rope_type == "default") return nullptr;
  json result = {{"rope_type", scaling.rope_type}, {"factor", scaling.factor}};
  if (scaling.rope_type == "llama3") {
    result["low_freq_factor"] = scaling.low_freq_factor;
    result["high_freq_factor"] = scaling.high_freq_factor;
    result["original_max_position_embeddings"] = scaling.original_max_position_embeddings;
  }
  return result;
}

}  // namespace

void read_sizes(const JsonObject& config, ModelConfig& model) {
  model.hidden_size = config.integer("hidden_size");
  model.intermediate_size = config.integer("intermediate_size");
  model.num_hidden_layers = config.integer("num_hidden_layers");
  model.num_attention_heads = config.integer("num_attention_heads");
  model.vocab_size = config.integer("vocab_size");
  model.initializer_range = config.number_or("initializer_range", 0.02);
  model.tie_word_embeddings = config.boolean_or("tie_word_embeddings", model.tie_word_embeddings);
}

void write_sizes(const ModelConfig& model, json& config) {
  config["hidden_size"] = model.hidden_size;
  config["intermediate_size"] = model.intermediate_size;
  config["num_hidden_layers"] = model.num_hidden_layers;
  config["num_attention_heads"] = model.num_attention_heads;
  config["max_position_embeddings"] = model.max_position_embeddings;
}

void read_decoder_sizes(const JsonObject& config, ModelConfig& model) {
  read_sizes(config, model);
  model.num_key_value_heads = config.integer_or("num_key_value_heads", model.num_key_value_heads);
  model.head_dim = config.integer_or("head_dim", model.head_dim);
  model.max_position_embeddings = config.integer_or("max_position_embeddings", model.max_position_embeddings);
  model.hidden_act = config.text_or("hidden_act", "silu");
}

void write_decoder_sizes(const ModelConfig& model, json& config) {
  write_sizes(model, config);
  config["num_key_value_heads"] = model.kv_heads();
  config["head_dim"] = model.head_size();
  config["hidden_act"] = activation_name(model);
  config["attention_dropout"] = 0.0;
}

void read_rope(const JsonObject& config, ModelConfig& model) {
  model.rope_theta = config.number_or("rope_theta", model.rope_theta);
  model.partial_rotary_factor = config.number_or("partial_rotary_factor", model.partial_rotary_factor);
  if (config.has("rope_parameters")) {
    const JsonObject rope = config.object("rope_parameters");
    model.rope_theta = rope.number_or("rope_theta", model.rope_theta);
    model.partial_rotary_factor = rope.number_or("partial_rotary_factor", model.partial_rotary_factor);
    model.rope_scaling = read_scaling(rope);
  } else if (config.has("rope_scaling")) {
    model.rope_scaling = read_scaling(config.object("rope_scaling"));
  }
}

void write_rope(const ModelConfig& model, json& config) {
  config["rope_theta"] = model.rope_theta;
  config["rope_scaling"] = scaling_to_json(model.rope_scaling);
}

void read_window(const JsonObject& config, ModelConfig& model) {
  if (config.contains("sliding_window")) model.sliding_window = config.integer_or("sliding_window", 0);
}

void write_window(const ModelConfig& model, json& config) {
  config["sliding_window"] = model.sliding_window > 0 ? json(model.sliding_window) : json(nullptr);
}

void check_layer_types(const JsonObject& config, const std::function<bool(int64_t layer)>& has_window) {
  if (!config.has("layer_types")) return;
  int64_t layer = 0;
  for (const formats::JsonView& type : config.list("layer_types").elements()) {
    const std::string expected = has_window(layer++) ? "sliding_attention" : "full_attention";
    if (!type.says(expected)) {
      config.fail("layer_types",
                  format("layer {} has {}, but only \"{}\" is supported there", layer - 1, type.shown(), expected));
    }
  }
}

void refuse_true(const JsonObject& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (config.boolean_or(key, false)) config.fail(key, "is true; only false is supported");
  }
}

std::string first_architecture(const JsonObject& config, const std::string& fallback) {
  if (!config.has("architectures")) return fallback;
  const formats::JsonView listed = config.at("architectures");
  if (!listed.is_array() || listed.size() == 0) return fallback;
  const formats::JsonView first = *listed.elements().begin();
  return first.is_string() ? first.string() : fallback;
}

json number_or_null(double value) { return value > 0 ? json(value) : json(nullptr); }

}  // namespace trireme::arch
