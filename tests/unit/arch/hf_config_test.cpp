#include "trireme/arch/hf_config.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "trireme/arch/architecture.h"
#include "trireme/core/error.h"

namespace trireme::arch {
namespace {

using nlohmann::json;

json llama() {
  return json::parse(R"({"model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 100, "rms_norm_eps": 1e-5,
    "max_position_embeddings": 256})");
}

ModelConfig read(const json& config) { return model_config_from_hf(config, "config.json"); }

json with(json config, const std::string& key, const json& value) {
  config[key] = value;
  return config;
}

TEST(HfConfigTest, ReadsTheOlderForm) {
  json config = llama();
  config["rope_theta"] = 500000.0;
  config["rope_scaling"] = {{"rope_type", "llama3"},
                            {"factor", 8.0},
                            {"low_freq_factor", 1.0},
                            {"high_freq_factor", 4.0},
                            {"original_max_position_embeddings", 8192}};
  config["tie_word_embeddings"] = true;
  const ModelConfig model = read(config);
  EXPECT_EQ(model.rope_theta, 500000.0);
  EXPECT_EQ(model.rope_scaling.rope_type, "llama3");
  EXPECT_EQ(model.rope_scaling.factor, 8.0);
  EXPECT_EQ(model.kv_heads(), 2);
  EXPECT_EQ(model.head_size(), 16);
  EXPECT_TRUE(model.tie_word_embeddings);
}

TEST(HfConfigTest, ReadsTheFormOfTransformers5) {
  json config = llama();
  config["head_dim"] = 32;
  config["dtype"] = "bfloat16";
  config["rope_parameters"] = {{"rope_type", "linear"}, {"rope_theta", 20000.0}, {"factor", 2.0}};
  const ModelConfig model = read(config);
  EXPECT_EQ(model.rope_theta, 20000.0);
  EXPECT_EQ(model.rope_scaling.rope_type, "linear");
  EXPECT_EQ(model.rope_scaling.factor, 2.0);
  EXPECT_EQ(model.head_size(), 32);
}

TEST(HfConfigTest, ReadsTheOldestWordForTheTypeOfScaling) {
  EXPECT_EQ(read(with(llama(), "rope_scaling", {{"type", "linear"}, {"factor", 4.0}})).rope_scaling.factor, 4.0);
}

TEST(HfConfigTest, AbsentKeysMeanWhatTheyMeanToTransformers) {
  const json mistral = with(llama(), "model_type", "mistral");
  EXPECT_EQ(read(mistral).sliding_window, 4096);
  EXPECT_EQ(read(with(mistral, "sliding_window", nullptr)).sliding_window, 0);
  EXPECT_EQ(read(with(mistral, "sliding_window", 32)).sliding_window, 32);
  json bare = llama();
  bare.erase("rms_norm_eps");
  bare.erase("num_key_value_heads");
  EXPECT_EQ(read(bare).rms_norm_eps, 1e-6);
  EXPECT_EQ(read(bare).kv_heads(), 4);
  EXPECT_EQ(read(bare).rope_theta, 10000.0);
  EXPECT_FALSE(read(bare).tie_word_embeddings);
}

TEST(HfConfigTest, WritesWhatItReads) {
  json config = with(llama(), "model_type", "mistral");
  config["sliding_window"] = 48;
  config["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 2.5}};
  const json written = model_config_to_hf(read(config), DType::kBF16);
  EXPECT_EQ(written["torch_dtype"], "bfloat16");
  EXPECT_EQ(written["architectures"], json::parse(R"(["MistralForCausalLM"])"));
  EXPECT_EQ(model_config_to_hf(read(written), DType::kBF16), written);
}

TEST(HfConfigTest, ALlamasBiasesAreParameters) {
  const auto biases = [](const char* key) {
    const json written = model_config_to_hf(read(with(llama(), key, true)), DType::kF32);
    EXPECT_EQ(written[key], true);
    std::string names;
    const Architecture model = describe(read(written));
    for (const ParameterSpec& parameter : model.layers[1].parameters) {
      if (parameter.part == Part::kBias) names += parameter.name.substr(sizeof("model.layers.0")) + " ";
    }
    return names;
  };
  EXPECT_EQ(biases("attention_bias"),
            "self_attn.q_proj.bias self_attn.k_proj.bias self_attn.v_proj.bias self_attn.o_proj.bias ");
  EXPECT_EQ(biases("mlp_bias"), "mlp.gate_proj.bias mlp.up_proj.bias mlp.down_proj.bias ");
}

TEST(HfConfigTest, RefusesByNameWhatItWouldComputeDifferently) {
  const auto refuse = [](const std::string& key, const json& value, const std::string& part) {
    EXPECT_ERROR(FormatError, part, read(with(llama(), key, value)));
  };
  refuse("model_type", "bloom", "config.json: model_type: \"bloom\" is not supported; supported are llama, mistral");
  refuse("hidden_act", "relu", "model.hidden_act: unknown value \"relu\"");
  refuse("quantization_config", json::object(), "quantization_config: quantised weights");
  refuse("rope_scaling", {{"rope_type", "yarn"}, {"factor", 2.0}}, "rope_scaling.rope_type: \"yarn\" is not supported");
  refuse("rope_parameters", {{"rope_type", "llama3"}}, "rope_parameters.factor: is missing");
  refuse("layer_types", {"full_attention", "sliding_attention"},
         "layer_types: layer 1 has \"sliding_attention\", but only \"full_attention\" is supported there");
  refuse("hidden_size", nullptr, "config.json: hidden_size: is missing");
  refuse("hidden_size", "64", "hidden_size: expected a whole number, got \"64\"");
  refuse("num_attention_heads", 5, "the model can't be built");
}

TEST(HfConfigTest, KeepsTheLargestDropoutForTrainingToJudge) {
  EXPECT_EQ(read(with(llama(), "attention_dropout", 0.1)).dropout, 0.1);
  EXPECT_EQ(read(llama()).dropout, 0.0);
}

}  // namespace
}  // namespace trireme::arch
