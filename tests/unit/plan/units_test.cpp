#include "trireme/plan/units.h"

#include <gtest/gtest.h>

#include <random>

namespace trireme::plan {
namespace {

arch::ModelConfig random_model(std::mt19937& random) {
  const auto between = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  arch::ModelConfig config;
  config.num_key_value_heads = between(1, 4);
  config.num_attention_heads = config.num_key_value_heads * between(1, 4);
  config.head_dim = 2 * between(1, 40);
  config.hidden_size = between(1, 700);
  config.intermediate_size = between(1, 900);
  config.num_hidden_layers = between(1, 6);
  config.vocab_size = between(1, 5000);
  config.tie_word_embeddings = between(0, 1) == 1;
  return config;
}

/// Over random models, ranks and dtypes: shards are equal, on borders, and sum to the parameters plus
/// padding; the padding is below what alignment can need.
TEST(Units, ShardsSumToTheWholePlusPadding) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const arch::ModelConfig config = random_model(random);
    const arch::Architecture model = arch::describe(config);
    const int64_t shards = std::uniform_int_distribution<int64_t>(1, 37)(random);
    const Dtypes dtypes{.compute = round % 2 == 0 ? DType::kF32 : DType::kBF16};
    const int64_t alignment = 256 / size_of(dtypes.compute);
    int64_t numel = 0, padding = 0, whole = 0, most_padding = 0;
    for (const Unit& unit : plan_units(model, shards, dtypes).units) {
      EXPECT_EQ(unit.shard_numel % alignment, 0) << unit.name;
      EXPECT_GE(unit.padding(), 0) << unit.name;
      EXPECT_EQ(unit.shard_numel * shards, unit.padded_numel());
      numel += unit.numel;
      padding += unit.padding();
      whole += unit.padded_numel();
      most_padding += 9 * alignment + shards * alignment;  // after each of nine tensors, and at each shard's end
    }
    EXPECT_EQ(numel, model.num_parameters());
    EXPECT_EQ(numel + padding, whole);
    EXPECT_LT(padding, most_padding);
  }
}

arch::ModelConfig tiny(bool tied) {
  arch::ModelConfig config;
  config.hidden_size = 64;
  config.intermediate_size = 128;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.vocab_size = 100;
  config.tie_word_embeddings = tied;
  return config;
}

TEST(Units, ALayerIsAUnit) {
  const UnitPlan plan = plan_units(arch::describe(tiny(false)), 2, {});
  ASSERT_EQ(plan.units.size(), 4u);
  EXPECT_EQ(plan.units[1].name, "model.layers.0");
  EXPECT_EQ(plan.units[3].name, "head");
  EXPECT_EQ(plan.by_layer[3], (std::vector<size_t>{3}));
}

TEST(Units, ATiedWeightIsAUnitOfTwoLayers) {
  const UnitPlan plan = plan_units(arch::describe(tiny(true)), 2, {});
  ASSERT_EQ(plan.units.size(), 4u);
  EXPECT_EQ(plan.units[0].name, "model.embed_tokens.weight");
  EXPECT_EQ(plan.units[0].layers, (std::vector<size_t>{0, 3}));
  EXPECT_EQ(plan.units[3].numel, 64);                        // the last norm
  EXPECT_EQ(plan.by_layer[3], (std::vector<size_t>{3, 0}));  // in the order of the head's parameters
}

TEST(Units, FrozenParametersAreUnitsOfTheirOwn) {
  const UnitPlan plan = plan_units(arch::describe(tiny(true), {.rank = 2}), 2, {});
  ASSERT_EQ(plan.units.size(), 6u);  // two blocks with and without gradients, the tied weight, the last norm
  int64_t trained = 0;
  for (const Unit& unit : plan.units) trained += unit.frozen ? 0 : unit.numel;
  EXPECT_EQ(trained, arch::describe(tiny(true), {.rank = 2}).num_trained());
  EXPECT_EQ(plan.by_layer[1].size(), 2u);
}

}  // namespace
}  // namespace trireme::plan
