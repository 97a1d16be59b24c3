#include "trireme/arch/gguf_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>

#include "trireme/arch/validate.h"
#include "trireme/core/check.h"
#include "trireme/core/error.h"

namespace trireme::arch {

using formats::GgufFile;

namespace {

struct Rename {
  std::string_view hf;
  std::string_view gguf;
};

constexpr std::array<Rename, 9> kBlockNames = {{{"input_layernorm", "attn_norm"},
                                                {"self_attn.q_proj", "attn_q"},
                                                {"self_attn.k_proj", "attn_k"},
                                                {"self_attn.v_proj", "attn_v"},
                                                {"self_attn.o_proj", "attn_output"},
                                                {"post_attention_layernorm", "ffn_norm"},
                                                {"mlp.gate_proj", "ffn_gate"},
                                                {"mlp.up_proj", "ffn_up"},
                                                {"mlp.down_proj", "ffn_down"}}};

constexpr std::array<Rename, 3> kTopNames = {{{"model.embed_tokens.weight", "token_embd.weight"},
                                              {"model.norm.weight", "output_norm.weight"},
                                              {"lm_head.weight", "output.weight"}}};

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

std::string gguf_name_of(const std::string& hf_name) {
  for (const auto& [hf, gguf] : kTopNames) {
    if (hf_name == hf) return std::string(gguf);
  }
  static const std::regex kBlock(R"(model\.layers\.(\d+)\.(.+)\.weight)");
  std::smatch match;
  if (!std::regex_match(hf_name, match, kBlock)) return {};
  for (const auto& [hf, gguf] : kBlockNames) {
    if (match[2].str() == hf) return format("blk.{}.{}.weight", match[1].str(), gguf);
  }
  return {};
}

std::optional<int64_t> permuted_heads(const ModelConfig& config, const std::string& hf_name) {
  if (hf_name.ends_with(".self_attn.q_proj.weight")) return config.num_attention_heads;
  if (hf_name.ends_with(".self_attn.k_proj.weight")) return config.kv_heads();
  return std::nullopt;
}

void unpermute_rows(std::span<const float> in, int64_t rows, int64_t heads, std::span<float> out) {
  TRIREME_CHECK(in.size() == out.size() && rows % (2 * heads) == 0, "{} rows of {} heads", rows, heads);
  const int64_t columns = static_cast<int64_t>(in.size()) / rows;
  const int64_t per_head = rows / heads;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t within = row % per_head;
    const int64_t target = row - within + within / 2 + within % 2 * (per_head / 2);
    std::copy_n(in.begin() + row * columns, columns, out.begin() + target * columns);
  }
}

}  // namespace trireme::arch
