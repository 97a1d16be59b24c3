#include "trireme/arch/hf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "trireme/arch/validate.h"
#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"

namespace trireme::arch {

using formats::JsonObject;
using nlohmann::json;

namespace {

/// What transformers takes for keys that a config.json leaves out.
struct Family {
  const char* model_type;
  const char* hf_class;
  int64_t key_value_heads;  // 0: as many as attention heads
  int64_t max_position_embeddings;
  int64_t sliding_window;
};

constexpr Family kFamilies[] = {{"llama", "LlamaForCausalLM", 0, 2048, 0},
                                {"mistral", "MistralForCausalLM", 8, 4096 * 32, 4096}};

const Family* find_family(const std::string& model_type) {
  for (const Family& family : kFamilies) {
    if (model_type == family.model_type) return &family;
  }
  return nullptr;
}

const Family& read_family(const JsonObject& config) {
  const std::string type = config.text("model_type");
  if (const Family* family = find_family(type)) return *family;
  std::string known;
  for (const Family& family : kFamilies) known += (known.empty() ? "" : ", ") + std::string(family.model_type);
  config.fail("model_type", format("\"{}\" is not supported; supported are {}", type, known));
}

/// Keys whose only supported value is the one that changes nothing.
void refuse_unsupported(const JsonObject& config) {
  for (const char* key : {"attention_dropout", "hidden_dropout", "hidden_dropout_prob", "embd_pdrop", "resid_pdrop"}) {
    if (config.number_or(key, 0.0) != 0.0) {
      config.fail(key, format("is {}; dropout is not supported: set it to 0", config.number(key)));
    }
  }
  for (const char* key : {"attention_bias", "mlp_bias"}) {
    if (config.boolean_or(key, false)) config.fail(key, "is true; biases are not supported");
  }
  const std::string activation = config.text_or("hidden_act", "silu");
  if (activation != "silu") config.fail("hidden_act", format("is \"{}\"; only silu is supported", activation));
  if (config.number_or("partial_rotary_factor", 1.0) != 1.0) {
    config.fail("partial_rotary_factor", "only 1 is supported: rotary embeddings over the whole head");
  }
  if (config.has("quantization_config")) {
    config.fail("quantization_config", "quantised weights in a Hugging Face folder are not supported");
  }
}

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

void read_rope(const JsonObject& config, ModelConfig& model) {
  model.rope_theta = config.number_or("rope_theta", 10000.0);
  if (config.has("rope_parameters")) {
    const JsonObject rope = config.object("rope_parameters");
    model.rope_theta = rope.number_or("rope_theta", model.rope_theta);
    model.rope_scaling = read_scaling(rope);
    if (rope.number_or("partial_rotary_factor", 1.0) != 1.0) rope.fail("partial_rotary_factor", "only 1 is supported");
  } else if (config.has("rope_scaling")) {
    model.rope_scaling = read_scaling(config.object("rope_scaling"));
  }
}

/// transformers 5 may list each layer's kind of attention; all must be of the kind that sliding_window says.
void check_layer_types(const JsonObject& config, const ModelConfig& model) {
  if (!config.has("layer_types")) return;
  const std::string expected = model.sliding_window > 0 ? "sliding_attention" : "full_attention";
  for (const json& type : config.at("layer_types")) {
    if (type != expected) {
      config.fail("layer_types",
                  format("{} beside {}: layers of different attention are not supported", type.dump(), expected));
    }
  }
}

void check_valid(const ModelConfig& model, const std::string& source) {
  const Diagnostics problems = validate(model);
  if (problems.has_errors())
    throw FormatError(format("{}: the model can't be built:\n{}", source, problems.to_string()));
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

std::string_view torch_name(DType dtype) {
  switch (dtype) {
    case DType::kBF16: return "bfloat16";
    case DType::kF16: return "float16";
    case DType::kF64: return "float64";
    default: return "float32";
  }
}

}  // namespace

ModelConfig model_config_from_hf(const json& value, const std::string& source) {
  const JsonObject config(value, source);
  const Family& family = read_family(config);
  refuse_unsupported(config);
  ModelConfig model;
  model.model_type = family.model_type;
  model.hidden_size = config.integer("hidden_size");
  model.intermediate_size = config.integer("intermediate_size");
  model.num_hidden_layers = config.integer("num_hidden_layers");
  model.num_attention_heads = config.integer("num_attention_heads");
  model.num_key_value_heads = config.integer_or("num_key_value_heads", family.key_value_heads);
  model.head_dim = config.integer_or("head_dim", 0);
  model.vocab_size = config.integer("vocab_size");
  model.max_position_embeddings = config.integer_or("max_position_embeddings", family.max_position_embeddings);
  model.rms_norm_eps = config.number_or("rms_norm_eps", 1e-6);
  model.initializer_range = config.number_or("initializer_range", 0.02);
  model.tie_word_embeddings = config.boolean_or("tie_word_embeddings", false);
  // An explicit null switches the window off; only a missing key means the default.
  model.sliding_window =
      value.contains("sliding_window") ? config.integer_or("sliding_window", 0) : family.sliding_window;
  read_rope(config, model);
  check_layer_types(config, model);
  check_valid(model, source);
  return model;
}

ModelConfig read_hf_config(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  return model_config_from_hf(formats::read_json(path), path.string());
}

json model_config_to_hf(const ModelConfig& config, DType dtype) {
  const Family* family = find_family(config.model_type);
  TRIREME_CHECK(family != nullptr, "model_type {}", config.model_type);
  json result = {{"architectures", {family->hf_class}},
                 {"model_type", config.model_type},
                 {"torch_dtype", torch_name(dtype)},
                 {"hidden_act", "silu"},
                 {"hidden_size", config.hidden_size},
                 {"intermediate_size", config.intermediate_size},
                 {"num_hidden_layers", config.num_hidden_layers},
                 {"num_attention_heads", config.num_attention_heads},
                 {"num_key_value_heads", config.kv_heads()},
                 {"head_dim", config.head_size()},
                 {"vocab_size", config.vocab_size},
                 {"max_position_embeddings", config.max_position_embeddings},
                 {"rope_theta", config.rope_theta},
                 {"rope_scaling", scaling_to_json(config.rope_scaling)},
                 {"rms_norm_eps", config.rms_norm_eps},
                 {"initializer_range", config.initializer_range},
                 {"tie_word_embeddings", config.tie_word_embeddings},
                 {"attention_dropout", 0.0},
                 {"use_cache", true}};
  if (config.model_type == "llama") {
    result["attention_bias"] = false;
    result["mlp_bias"] = false;
  } else {
    result["sliding_window"] = config.sliding_window > 0 ? json(config.sliding_window) : json(nullptr);
  }
  return result;
}

}  // namespace trireme::arch
