#include "trireme/arch/gguf_config.h"

#include <array>
#include <charconv>

#include "trireme/arch/validate.h"
#include "trireme/core/error.h"

namespace trireme::arch {

using formats::GgufFile;

namespace {

/// GGUF stores 1e-5 as an fp32. The decimal that was meant is the shortest one that gives that fp32.
double decimal_of(const GgufFile& file, const std::string& key) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.begin(), text.end(), static_cast<float>(file.number(key))).ptr;
  double value = 0;
  std::from_chars(text.begin(), end, value);
  return value;
}

void read_rope(const GgufFile& file, const std::string& prefix, ModelConfig& model) {
  if (file.has(prefix + "rope.freq_base")) model.rope_theta = decimal_of(file, prefix + "rope.freq_base");
  const std::string dimensions = prefix + "rope.dimension_count";
  if (file.has(dimensions) && file.integer(dimensions) != model.head_size()) {
    file.fail(dimensions, format("is {}, but a head has {}: partial rotary embeddings are not supported",
                                 file.integer(dimensions), model.head_size()));
  }
  const std::string scaling = prefix + "rope.scaling.type";
  if (file.has(scaling) && file.text(scaling) != "none") {
    if (file.text(scaling) != "linear") {
      file.fail(scaling, format("\"{}\" is not supported; supported are none, linear", file.text(scaling)));
    }
    model.rope_scaling.rope_type = "linear";
    model.rope_scaling.factor = decimal_of(file, prefix + "rope.scaling.factor");
  }
  if (file.find("rope_freqs.weight")) {
    file.fail("rope_freqs.weight",
              "Llama 3.1's frequency factors are not read from GGUF; convert from the Hugging Face "
              "folder, whose config.json has rope_scaling");
  }
}

}  // namespace

ModelConfig model_config_from_gguf(const GgufFile& file) {
  ModelConfig model;
  model.model_type = file.text("general.architecture");
  if (model.model_type != "llama" && model.model_type != "mistral") {
    file.fail("general.architecture",
              format("\"{}\" is not supported; supported are llama, mistral", model.model_type));
  }
  const std::string prefix = model.model_type + ".";
  model.hidden_size = file.integer(prefix + "embedding_length");
  model.intermediate_size = file.integer(prefix + "feed_forward_length");
  model.num_hidden_layers = file.integer(prefix + "block_count");
  model.num_attention_heads = file.integer(prefix + "attention.head_count");
  const auto optional = [&](const std::string& key) { return file.has(prefix + key) ? file.integer(prefix + key) : 0; };
  model.num_key_value_heads = optional("attention.head_count_kv");
  model.head_dim = optional("attention.key_length");
  model.sliding_window = optional("attention.sliding_window");
  if (model.sliding_window > 0) model.model_type = "mistral";
  model.max_position_embeddings = file.integer(prefix + "context_length");
  model.rms_norm_eps = decimal_of(file, prefix + "attention.layer_norm_rms_epsilon");
  model.tie_word_embeddings = !file.find("output.weight");
  const formats::GgufTensor* embedding = file.find("token_embd.weight");
  if (!embedding || embedding->shape.empty()) file.fail("token_embd.weight", "is missing");
  model.vocab_size = file.has(prefix + "vocab_size") ? file.integer(prefix + "vocab_size") : embedding->shape[0];
  if (optional("expert_count") > 0) file.fail(prefix + "expert_count", "mixtures of experts are not supported");
  if (model.num_attention_heads > 0) read_rope(file, prefix, model);
  const Diagnostics problems = validate(model);
  if (problems.has_errors()) file.fail("metadata", "the model can't be built:\n" + problems.to_string());
  return model;
}

formats::GgufMetadata gguf_metadata_of(const ModelConfig& config) {
  if (config.model_type != "llama" && config.model_type != "mistral") {
    throw ConfigError(format("a {} model can't be written as GGUF; supported are llama, mistral", config.model_type));
  }
  const std::string& scaling = config.rope_scaling.rope_type;
  if (scaling != "default" && scaling != "linear") {
    throw ConfigError(format("rope_type {} can't be written as GGUF; supported are default, linear", scaling));
  }
  const auto size = [](int64_t value) { return static_cast<uint32_t>(value); };
  formats::GgufMetadata metadata = {{"general.architecture", "llama"},
                                    {"general.type", "model"},
                                    {"llama.vocab_size", size(config.vocab_size)},
                                    {"llama.context_length", size(config.max_position_embeddings)},
                                    {"llama.embedding_length", size(config.hidden_size)},
                                    {"llama.block_count", size(config.num_hidden_layers)},
                                    {"llama.feed_forward_length", size(config.intermediate_size)},
                                    {"llama.attention.head_count", size(config.num_attention_heads)},
                                    {"llama.attention.head_count_kv", size(config.kv_heads())},
                                    {"llama.attention.key_length", size(config.head_size())},
                                    {"llama.attention.value_length", size(config.head_size())},
                                    {"llama.attention.layer_norm_rms_epsilon", static_cast<float>(config.rms_norm_eps)},
                                    {"llama.rope.dimension_count", size(config.head_size())},
                                    {"llama.rope.freq_base", static_cast<float>(config.rope_theta)}};
  if (config.sliding_window > 0) metadata.emplace_back("llama.attention.sliding_window", size(config.sliding_window));
  if (scaling == "linear") {
    metadata.emplace_back("llama.rope.scaling.type", "linear");
    metadata.emplace_back("llama.rope.scaling.factor", static_cast<float>(config.rope_scaling.factor));
  }
  return metadata;
}

}  // namespace trireme::arch
