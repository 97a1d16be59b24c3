#include "trireme/recipe/load.h"

#include <gtest/gtest.h>

#include "trireme/core/error.h"
#include "unit/recipe/example.h"

namespace trireme::recipe {
namespace {

LoadedRecipe load(const std::vector<std::string>& overrides = {}) {
  return parse_recipe(kExample, "r.toml", overrides);
}

std::string problems(const std::vector<std::string>& overrides) { return load(overrides).diagnostics.to_string(); }

TEST(Load, TakesTheExample) {
  const LoadedRecipe loaded = load({"train.steps=30"});
  EXPECT_EQ(loaded.diagnostics.to_string(), "");
  EXPECT_EQ(loaded.recipe.model.config.hidden_size, 64);
  EXPECT_EQ(loaded.recipe.train.steps, 30);
  EXPECT_EQ(loaded.origins.at("model.hidden_size").line, 3);
  EXPECT_EQ(loaded.origins.at("train.steps").file, "--set train.steps");
  EXPECT_EQ(loaded.origins.count("train.seq_len"), 0u);
}

TEST(Load, AsksForAVersion) {
  EXPECT_EQ(parse_recipe("[train]\nsteps = 3\n", "r.toml", {}).diagnostics.items()[0].message, "is missing");
  const LoadedRecipe later = parse_recipe("version = 2\n[new]\nkey = 1\n", "r.toml", {});
  EXPECT_EQ(later.diagnostics.to_string(),
            "r.toml:1:11: error: version: this trireme reads recipes of version 1, got 2 (use the trireme that the "
            "recipe was written for)\n");
  EXPECT_EQ(problems({"version=2"}),
            "--set version: error: version: must be 1, got 2 (version of this format; always the first line)\n");
}

TEST(Load, ReportsEverythingAtOnce) {
  const std::string text = problems({"train.stepz=3", "optimizer.name=adam", "train.seq_len=0", "parallel.tp=2"});
  for (const std::string part : {"--set train.stepz", "did you mean \"adamw\"?", "must be at least 1, got 0",
                                 "parallel.tp: 2: tensor parallelism is not built yet; set it to 1"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

TEST(Load, ThrowsWhenTheFileIsAbsent) { EXPECT_THROW(load_recipe("/nowhere/r.toml", {}), IoError); }

TEST(ResolveModel, PutsWhatTheRecipeGivesOnTopOfThePreset) {
  const std::string text = R"(version = 1
[model]
preset = "big"
num_hidden_layers = 3
rope_scaling.factor = 16.0
[data]
synthetic = true
)";
  LoadedRecipe loaded = parse_recipe(text, "r.toml", {});
  ASSERT_EQ(loaded.diagnostics.to_string(), "");
  arch::ModelConfig big;
  big.hidden_size = 128;
  big.intermediate_size = 256;
  big.num_hidden_layers = 32;
  big.num_attention_heads = 8;
  big.vocab_size = 1000;
  big.rope_theta = 500000;
  big.rope_scaling.rope_type = "llama3";
  big.rope_scaling.factor = 8;
  resolve_model(loaded, big);
  EXPECT_EQ(loaded.diagnostics.to_string(), "");
  const arch::ModelConfig& config = loaded.recipe.model.config;
  EXPECT_EQ(config.num_hidden_layers, 3);
  EXPECT_EQ(config.hidden_size, 128);
  EXPECT_EQ(config.rope_theta, 500000);
  EXPECT_EQ(config.rope_scaling.factor, 16);

  // What was resolved is written down, so that it reads back the same, whatever the preset becomes later.
  LoadedRecipe again = parse_recipe(dump_toml(loaded.recipe), "config.toml", {});
  resolve_model(again, arch::ModelConfig{});
  EXPECT_EQ(again.diagnostics.to_string(), "");
  EXPECT_EQ(again.recipe.model.config.rope_theta, 500000);
  EXPECT_EQ(dump_toml(again.recipe), dump_toml(loaded.recipe));
}

TEST(ResolveModel, ChecksTheSizesThatResult) {
  LoadedRecipe loaded = parse_recipe(
      "version = 1\n[model]\npreset = \"big\"\nhidden_size = 65\n[data]\nsynthetic = true\n", "r.toml", {});
  arch::ModelConfig big;
  big.hidden_size = 64;
  big.intermediate_size = 64;
  big.num_hidden_layers = 1;
  big.num_attention_heads = 4;
  big.vocab_size = 10;
  resolve_model(loaded, big);
  EXPECT_NE(loaded.diagnostics.to_string().find("must divide model.hidden_size = 65, got 4"), std::string::npos)
      << loaded.diagnostics.to_string();
}

}  // namespace
}  // namespace trireme::recipe
