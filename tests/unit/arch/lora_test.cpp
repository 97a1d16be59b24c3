#include "trireme/arch/lora.h"

#include <gtest/gtest.h>

#include "trireme/arch/families/family.h"
#include "trireme/arch/flops.h"

namespace trireme::arch {
namespace {

ModelConfig tiny(std::string_view model_type = "llama") {
  ModelConfig config;
  config.model_type = model_type;
  config.hidden_size = 8;
  config.intermediate_size = 12;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.num_key_value_heads = model_type == "llama" ? 1 : 0;
  config.vocab_size = 10;
  return config;
}

std::vector<std::string> trained_names(const Architecture& model) {
  std::vector<std::string> names;
  for (const ParameterSpec& parameter : model.parameters())
    if (!parameter.frozen) names.push_back(parameter.name);
  return names;
}

TEST(LoraTest, AddsTwoMatricesToEachTargetAndFreezesTheRest) {
  const Architecture model = describe(tiny(), {.rank = 2, .alpha = 6, .targets = {"v_proj"}});
  EXPECT_EQ(trained_names(model),
            (std::vector<std::string>{"base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight",
                                      "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight",
                                      "base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight",
                                      "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"}));
  for (const ParameterSpec& parameter : model.parameters()) {
    const std::vector<int64_t> shape =
        parameter.part == Part::kLoraA ? std::vector<int64_t>{2, 8} : std::vector<int64_t>{4, 2};
    if (parameter.frozen) continue;
    EXPECT_EQ(parameter.shape, shape) << parameter.name;
  }
  EXPECT_EQ(model.num_trained(), 2 * (2 * 8 + 4 * 2));
  EXPECT_EQ(model.num_parameters(), describe(tiny()).num_parameters() + model.num_trained());
  EXPECT_EQ(model.layers[1].lora_scale, 3.0);
}

TEST(LoraTest, AllLinearIsEveryLinearOfABlockInEveryFamily) {
  for (const Family* family : families()) {
    ModelConfig config = tiny(family->model_type);
    config.type_vocab_size = family->model_type == "bert" ? 2 : 0;
    if (family->model_type == "mpt") config.intermediate_size = 4 * config.hidden_size;
    const Architecture model = describe(config, {.rank = 1});
    const size_t linears = block_linears(config).size();
    EXPECT_EQ(linears, family->qkv == QkvLayout::kSeparate ? (family->gated ? 7u : 6u) : 4u) << family->model_type;
    EXPECT_EQ(trained_names(model).size(), 2 * 2 * linears) << family->model_type;
  }
}

TEST(LoraTest, TargetsAreEndsOfNamesAsPeftTakesThem) {
  ModelConfig config = tiny("gpt2");
  config.num_key_value_heads = 0;
  const auto adapted = [&](const char* target) {
    return adapted_linears({.rank = 1, .alpha = 1, .targets = {target}}, config);
  };
  EXPECT_EQ(adapted("c_proj"), (std::vector<std::string>{"attn.c_proj", "mlp.c_proj"}));
  EXPECT_EQ(adapted("mlp.c_proj"), (std::vector<std::string>{"mlp.c_proj"}));
  EXPECT_TRUE(adapted("_proj").empty());
  EXPECT_TRUE(adapted("").empty());
}

TEST(LoraTest, RefusesTargetsAndRanksThatAModelDoesNotHave) {
  const auto problems = [](const Lora& lora, std::string_view family = "llama") {
    return check_lora(lora, tiny(family)).to_string();
  };
  EXPECT_EQ(problems({.rank = 4}), "");
  EXPECT_NE(problems({.rank = 5})
                .find("lora.rank: 5 is above 4, a width of "
                      "base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight"),
            std::string::npos);
  EXPECT_NE(problems({.rank = 1, .alpha = 1, .targets = {"q_proj", "wq"}})
                .find("lora.targets: \"wq\" is no linear of a llama block, which has self_attn.q_proj, "),
            std::string::npos);
  EXPECT_NE(problems({.rank = 1, .alpha = 1, .targets = {"q_proj"}}, "gpt2").find("which has attn.c_attn, attn.c_proj"),
            std::string::npos);
  EXPECT_NE(problems({.rank = 1, .alpha = 1, .targets = {}}).find("lora.targets: names no linear"), std::string::npos);
}

TEST(LoraTest, FrozenWeightsCostTwoThirdsOfTheFlops) {
  const auto flops = [](const Architecture& model) {
    return flops_per_token(flop_terms(model), 16, FlopConvention::kMatmul);
  };
  const Architecture adapted = describe(tiny(), {.rank = 1});
  const auto whole = static_cast<double>(flop_terms(describe(tiny())).matmul_parameters);
  EXPECT_EQ(flops(adapted), flops(describe(tiny())) - 2 * whole + 6 * static_cast<double>(adapted.num_trained()));
}

}  // namespace
}  // namespace trireme::arch
