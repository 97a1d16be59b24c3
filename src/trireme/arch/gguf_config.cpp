#include "trireme/arch/gguf_config.h"

#include <array>

#include "trireme/arch/families/family.h"
#include "trireme/arch/gguf_architecture.h"
#include "trireme/arch/gguf_limits.h"
#include "trireme/arch/gguf_rope.h"
#include "trireme/arch/validate.h"
#include "trireme/core/error.h"

namespace trireme::arch {

using formats::GgufFile;
using formats::GgufMetadata;

namespace {

// Keys below the architecture's name.

struct SizeKey {
  const char* key;
  int64_t ModelConfig::*size;
  bool required;
};
constexpr std::array<SizeKey, 9> kSizes = {{{"context_length", &ModelConfig::max_position_embeddings, true},
                                            {"embedding_length", &ModelConfig::hidden_size, true},
                                            {"block_count", &ModelConfig::num_hidden_layers, true},
                                            {"feed_forward_length", &ModelConfig::intermediate_size, true},
                                            {"attention.head_count", &ModelConfig::num_attention_heads, true},
                                            {"attention.head_count_kv", &ModelConfig::num_key_value_heads, false},
                                            {"attention.key_length", &ModelConfig::head_dim, false},
                                            {"attention.value_length", &ModelConfig::head_dim, false},
                                            {"attention.sliding_window", &ModelConfig::sliding_window, false}}};

struct NumberKey {
  const char* key;
  double ModelConfig::*number;
  bool required;
  bool (*has)(const Family&);
};
constexpr std::array<NumberKey, 5> kNumbers = {
    {{"attention.layer_norm_rms_epsilon", &ModelConfig::rms_norm_eps, true,
      [](const Family& family) { return family.norm == Norm::kRms; }},
     {"attention.layer_norm_epsilon", &ModelConfig::layer_norm_eps, true,
      [](const Family& family) { return family.norm == Norm::kLayer; }},
     {"rope.freq_base", &ModelConfig::rope_theta, false,
      [](const Family& family) { return family.positions == Positions::kRotary; }},
     {"attn_logit_softcapping", &ModelConfig::attn_logit_softcapping, false,
      [](const Family& family) { return family.soft_caps; }},
     {"final_logit_softcapping", &ModelConfig::final_logit_softcapping, false,
      [](const Family& family) { return family.soft_caps; }}}};

constexpr const char* kParallel = "use_parallel_residual";
constexpr const char* kAlibiBias = "attention.max_alibi_bias";
constexpr float kLargestAlibiBias = 8.0f;

int64_t embedding_rows(const GgufFile& file) {
  const formats::GgufTensor* embedding = file.find("token_embd.weight");
  if (embedding && !embedding->shape.empty()) return embedding->shape[0];
  file.fail("token_embd.weight", "is missing");
}

/// What the file says by having a tensor or not.
void read_tensors(const GgufFile& file, const std::string& prefix, ModelConfig& model) {
  model.tie_word_embeddings = !file.find("output.weight");
  const std::string vocabulary = prefix + "vocab_size";
  model.vocab_size = file.has(vocabulary) ? file.integer(vocabulary) : embedding_rows(file);
  model.use_bias = model.model_type == "mpt" && file.find("blk.0.attn_qkv.bias");
  model.attention_bias = model.model_type == "llama" && file.find("blk.0.attn_q.bias");
  model.mlp_bias = model.model_type == "llama" && file.find("blk.0.ffn_gate.bias");
}

/// Reads "ARCHITECTURE.KEY" for every key of the tables.
void read_keys(const GgufFile& file, const std::string& prefix, ModelConfig& model) {
  for (const auto& [key, size, required] : kSizes) {
    const std::string name = prefix + key;
    if (required || file.has(name)) model.*size = file.integer(name);
  }
  if (model.model_type == "llama" && model.sliding_window > 0) model.model_type = "mistral";
  const Family& family = family_of(model);
  for (const auto& [key, number, required, has] : kNumbers) {
    const std::string name = prefix + key;
    if (has(family) && (required || file.has(name))) model.*number = gguf_decimal(file, name);
  }
  if (file.has(prefix + kParallel)) model.use_parallel_residual = file.boolean(prefix + kParallel);
  if (file.has(prefix + kAlibiBias)) model.alibi = file.number(prefix + kAlibiBias) > 0;
}

void write_keys(const ModelConfig& config, const std::string& prefix, GgufMetadata& metadata) {
  const Family& family = family_of(config);
  ModelConfig full = config;
  if (family.qkv == QkvLayout::kSeparate) {
    full.num_key_value_heads = config.kv_heads();
    full.head_dim = config.head_size();
  }
  for (const auto& [key, size, required] : kSizes) {
    if (required || full.*size > 0) metadata.emplace_back(prefix + key, static_cast<uint32_t>(full.*size));
  }
  for (const auto& [key, number, required, has] : kNumbers) {
    if (has(family)) metadata.emplace_back(prefix + key, static_cast<float>(config.*number));
  }
  if (family.wiring == Wiring::kParallel) metadata.emplace_back(prefix + kParallel, config.use_parallel_residual);
  if (config.model_type == "mpt") metadata.emplace_back(prefix + kAlibiBias, config.alibi ? kLargestAlibiBias : 0.0f);
}

/// The family, from the name of the architecture.
ModelConfig family_model(const GgufFile& file, const std::string& architecture) {
  ModelConfig model;
  model.model_type = model_type_of_gguf(architecture);
  if (model.model_type.empty()) {
    file.fail("general.architecture",
              format("\"{}\" is not supported; supported are {}", architecture, gguf_model_types()));
  }
  set_gguf_defaults(model);
  return model;
}

void refuse_experts(const GgufFile& file, const std::string& key) {
  if (file.has(key) && file.integer(key) > 0) file.fail(key, "mixtures of experts are not supported");
}

void check_built(const GgufFile& file, const ModelConfig& model) {
  const Diagnostics problems = validate(model);
  if (problems.has_errors()) file.fail("metadata", "the model can't be built:\n" + problems.to_string());
}

}  // namespace

ModelConfig model_config_from_gguf(const GgufFile& file) {
  const std::string architecture = file.text("general.architecture");
  ModelConfig model = family_model(file, architecture);
  const std::string prefix = architecture + ".";
  read_keys(file, prefix, model);
  read_tensors(file, prefix, model);
  refuse_experts(file, prefix + "expert_count");
  if (model.num_attention_heads > 0) {
    if (family_of(model).positions == Positions::kRotary) read_gguf_rope(file, prefix, model);
    model.query_pre_attn_scalar = gguf_query_scalar(model);
  }
  check_built(file, model);
  return model;
}

GgufMetadata gguf_metadata_of(const ModelConfig& config) {
  check_gguf_limits(config);
  const std::string architecture(gguf_architecture(config.model_type));
  const std::string prefix = architecture + ".";
  GgufMetadata metadata = {{"general.architecture", architecture},
                           {"general.type", "model"},
                           {prefix + "vocab_size", static_cast<uint32_t>(config.vocab_size)}};
  write_keys(config, prefix, metadata);
  if (family_of(config).positions == Positions::kRotary) write_gguf_rope(config, prefix, metadata);
  return metadata;
}

}  // namespace trireme::arch
