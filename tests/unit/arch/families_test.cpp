#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "trireme/arch/families/family.h"
#include "trireme/arch/hf_config.h"
#include "trireme/core/error.h"

namespace trireme::arch {
namespace {

using nlohmann::json;

/// The smallest config.json that each family takes.
json smallest(std::string_view model_type) {
  json config = {{"model_type", model_type},
                 {"hidden_size", 64},
                 {"intermediate_size", 256},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 4},
                 {"num_key_value_heads", 4},
                 {"vocab_size", 100},
                 {"mask_token_id", 3},
                 {"position_embedding_type", "rotary"},
                 {"attention_probs_dropout_prob", 0.0}};
  if (model_type == "bert" || model_type == "megatron-bert") config["position_embedding_type"] = "absolute";
  if (model_type == "gpt2")
    config = {{"model_type", "gpt2"}, {"n_embd", 64}, {"n_layer", 2}, {"n_head", 4}, {"n_positions", 32}};
  if (model_type == "mpt") config = {{"model_type", "mpt"}, {"d_model", 64}, {"n_layers", 2}, {"n_heads", 4}};
  return config;
}

TEST(FamiliesTest, WhatIsWrittenReadsBackAlike) {
  for (const Family* family : families()) {
    const ModelConfig config = model_config_from_hf(smallest(family->model_type), "config.json");
    const json written = model_config_to_hf(config, DType::kBF16);
    EXPECT_EQ(written["model_type"], family->model_type);
    EXPECT_EQ(model_config_to_hf(model_config_from_hf(written, "written"), DType::kBF16), written) << written.dump(2);
  }
}

TEST(FamiliesTest, ParametersOfALayerAreDistinctModules) {
  for (const Family* family : families()) {
    const Architecture model = describe(model_config_from_hf(smallest(family->model_type), "config.json"));
    for (const LayerSpec& layer : model.layers) {
      std::set<std::pair<Module, Part>> seen;
      for (const ParameterSpec& parameter : layer.parameters) {
        EXPECT_TRUE(seen.emplace(parameter.module, parameter.part).second) << parameter.name;
        EXPECT_NE(parameter.module, Module::kNone) << parameter.name;
      }
    }
  }
}

TEST(FamiliesTest, RefusesByNameWhatItWouldComputeDifferently) {
  const auto refuse = [](std::string_view model_type, const char* key, const json& value, const std::string& part) {
    json config = smallest(model_type);
    config[key] = value;
    EXPECT_ERROR(FormatError, part, model_config_from_hf(config, "config.json"));
  };
  refuse("gpt2", "scale_attn_weights", false, "scale_attn_weights: is false; only true is supported");
  refuse("mpt", "attn_config", {{"qk_ln", true}}, "attn_config.qk_ln: is true; only false is supported");
  refuse("mpt", "attn_config", {{"clip_qkv", 6.0}}, "attn_config.clip_qkv: is not supported: leave it out");
  refuse("qwen2", "use_sliding_window", true, "use_sliding_window: is true; Qwen's windows");
  refuse("qwen3", "attention_bias", true, "attention_bias: is true; only false is supported");
  refuse("gemma2", "layer_types", {"full_attention"}, "layer_types: layer 0 has \"full_attention\"");
  refuse("bert", "position_embedding_type", "relative_key", "position_embedding_type: \"relative_key\"");
  refuse("bert", "architectures", {"BertForSequenceClassification"},
         "architectures: BertForSequenceClassification is not supported; supported are BertForMaskedLM and BertModel");
  refuse("esm", "position_embedding_type", "absolute", "position_embedding_type: \"absolute\" is not supported");
  refuse("megatron-bert", "position_embedding_type", "relative_key", "position_embedding_type: \"relative_key\"");
  refuse("gpt_neox", "attention_bias", false, "attention_bias: is false; only true is supported");
}

}  // namespace
}  // namespace trireme::arch
