#include "trireme/arch/validate.h"

#include <gtest/gtest.h>

#include <functional>

namespace trireme::arch {
namespace {

ModelConfig good() {
  ModelConfig config;
  config.hidden_size = 64;
  config.intermediate_size = 128;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.vocab_size = 256;
  return config;
}

/// The one message that breaking a good model gives.
std::string problem(const std::function<void(ModelConfig&)>& break_it) {
  ModelConfig config = good();
  break_it(config);
  const Diagnostics found = validate(config);
  EXPECT_EQ(found.items().size(), 1u) << found.to_string();
  return found.to_string();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Validate, AcceptsAGoodModel) { EXPECT_TRUE(validate(good()).empty()); }

TEST(Validate, HeadsMustDivideHidden) {
  const std::string text = problem([](ModelConfig& c) { c.num_attention_heads = 6; });
  EXPECT_TRUE(contains(text, "model.num_attention_heads: must divide model.hidden_size = 64, got 6")) << text;
}

TEST(Validate, KeyValueHeadsMustDivideHeads) {
  const std::string text = problem([](ModelConfig& c) { c.num_key_value_heads = 3; });
  EXPECT_TRUE(contains(text, "model.num_key_value_heads: must divide model.num_attention_heads = 4, got 3")) << text;
}

TEST(Validate, OddHeadDim) {
  const std::string text = problem([](ModelConfig& c) { c.head_dim = 15; });
  EXPECT_TRUE(contains(text, "model.head_dim: must be even")) << text;
  EXPECT_TRUE(contains(text, "got 15")) << text;
}

TEST(Validate, UnknownNamesGetTheChoicesAndASuggestion) {
  const std::string type = problem([](ModelConfig& c) { c.model_type = "lama"; });
  EXPECT_TRUE(contains(type, "unknown value \"lama\"; valid are llama, mistral")) << type;
  EXPECT_TRUE(contains(type, "did you mean \"llama\"?")) << type;
  const std::string rope = problem([](ModelConfig& c) { c.rope_scaling.rope_type = "yarn"; });
  EXPECT_TRUE(contains(rope, "model.rope_scaling.rope_type: unknown value \"yarn\"; valid are default, linear, llama3"))
      << rope;
}

TEST(Validate, EverythingMissingIsReportedAtOnce) {
  const Diagnostics found = validate(ModelConfig{});
  EXPECT_EQ(found.items().size(), 5u) << found.to_string();
  EXPECT_TRUE(contains(found.to_string(), "model.vocab_size: is missing")) << found.to_string();
}

TEST(Validate, RopeScalingRanges) {
  const std::string text = problem([](ModelConfig& c) {
    c.rope_scaling.rope_type = "llama3";
    c.rope_scaling.factor = 8;
    c.rope_scaling.low_freq_factor = 4;
    c.rope_scaling.high_freq_factor = 4;
  });
  EXPECT_TRUE(contains(text, "high_freq_factor: must be above low_freq_factor = 4, got 4")) << text;
}

TEST(Validate, SlidingWindowNeedsMistral) {
  const std::string text = problem([](ModelConfig& c) { c.sliding_window = 32; });
  EXPECT_TRUE(contains(text, "mistral")) << text;
  ModelConfig config = good();
  config.model_type = "mistral";
  config.sliding_window = 32;
  EXPECT_TRUE(validate(config).empty());
}

}  // namespace
}  // namespace trireme::arch
