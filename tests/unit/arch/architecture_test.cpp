#include "trireme/arch/architecture.h"

#include <gtest/gtest.h>

#include <set>

#include "trireme/core/error.h"

namespace trireme::arch {
namespace {

ModelConfig tiny(bool tied) {
  ModelConfig config;
  config.hidden_size = 8;
  config.intermediate_size = 12;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.vocab_size = 10;
  config.initializer_range = 0.5;
  config.tie_word_embeddings = tied;
  return config;
}

TEST(Describe, NamesAndShapesAreHuggingFaces) {
  const Architecture model = describe(tiny(false));
  ASSERT_EQ(model.layers.size(), 4u);
  EXPECT_EQ(model.layers[0].name, "model.embed_tokens");
  EXPECT_EQ(model.layers[2].name, "model.layers.1");
  EXPECT_EQ(model.layers[3].name, "head");
  struct Expected {
    std::string name;
    std::vector<int64_t> shape;
  };
  const std::vector<Expected> block = {
      {"model.layers.1.input_layernorm.weight", {8}},     {"model.layers.1.self_attn.q_proj.weight", {8, 8}},
      {"model.layers.1.self_attn.k_proj.weight", {4, 8}}, {"model.layers.1.self_attn.v_proj.weight", {4, 8}},
      {"model.layers.1.self_attn.o_proj.weight", {8, 8}}, {"model.layers.1.post_attention_layernorm.weight", {8}},
      {"model.layers.1.mlp.gate_proj.weight", {12, 8}},   {"model.layers.1.mlp.up_proj.weight", {12, 8}},
      {"model.layers.1.mlp.down_proj.weight", {8, 12}}};
  const auto& parameters = model.layers[2].parameters;
  ASSERT_EQ(parameters.size(), block.size());
  for (size_t i = 0; i < block.size(); ++i) {
    EXPECT_EQ(parameters[i].name, block[i].name);
    EXPECT_EQ(parameters[i].shape, block[i].shape);
  }
}

TEST(Describe, HeadDimMayDifferFromHiddenOverHeads) {
  ModelConfig config = tiny(false);
  config.head_dim = 6;
  const auto parameters = describe(config).layers[1].parameters;
  EXPECT_EQ(parameters[1].shape, (std::vector<int64_t>{24, 8}));
  EXPECT_EQ(parameters[2].shape, (std::vector<int64_t>{12, 8}));
  EXPECT_EQ(parameters[4].shape, (std::vector<int64_t>{8, 24}));
}

TEST(Describe, InitialValuesAreNormalsAndOnes) {
  for (const ParameterSpec& parameter : describe(tiny(false)).parameters()) {
    if (parameter.shape.size() == 1) {
      EXPECT_EQ(parameter.init, InitKind::kOnes) << parameter.name;
    } else {
      EXPECT_EQ(parameter.init, InitKind::kNormal) << parameter.name;
      EXPECT_EQ(parameter.init_std, 0.5) << parameter.name;
    }
  }
}

TEST(Describe, TiedWeightIsListedTwiceAndCountedOnce) {
  const Architecture tied = describe(tiny(true));
  EXPECT_EQ(tied.layers[0].parameters[0].name, "model.embed_tokens.weight");
  EXPECT_EQ(tied.layers[3].parameters[1].name, "model.embed_tokens.weight");
  EXPECT_FALSE(tied.layers[0].parameters[0].in_matmul);
  EXPECT_TRUE(tied.layers[3].parameters[1].in_matmul);
  EXPECT_EQ(describe(tiny(false)).num_parameters() - tied.num_parameters(), 10 * 8);
  std::set<std::string> names;
  for (const auto& parameter : tied.parameters()) EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
}

TEST(Describe, CountIsTheClosedForm) {
  // Block: q, o 8x8; k, v 4x8; three 12x8; two norms of 8. Around: two tables of 10x8 and the last norm.
  EXPECT_EQ(describe(tiny(false)).num_parameters(), 2 * (2 * 64 + 2 * 32 + 3 * 96 + 16) + 2 * 80 + 8);
}

TEST(Describe, RefusesAnInvalidModel) {
  ModelConfig config = tiny(false);
  config.num_key_value_heads = 3;
  EXPECT_THROW(describe(config), BugError);
}

}  // namespace
}  // namespace trireme::arch
