#include "trireme/model/generate.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "trireme/core/error.h"

namespace trireme::model {
namespace {

const std::vector<int64_t> kPrompt = {3, 14, 15, 9, 2, 6};

WholeModel make_model() {
  arch::ModelConfig config;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.vocab_size = 50;
  config.initializer_range = 0.3;
  config.model_type = "mistral";
  config.sliding_window = 4;
  WholeModel model(arch::describe(config), {.device = {}, .max_positions = 16}, DType::kF32);
  model.initialize(11);
  return model;
}

/// By whole forwards of the growing text, without a cache.
std::vector<int64_t> likeliest(WholeModel& model, int64_t count) {
  std::vector<int64_t> text = kPrompt;
  for (int64_t i = 0; i < count; ++i) {
    const Tensor row = at::tensor(text, at::kLong).view({1, -1});
    text.push_back(model.logits(row, nullptr, /*last_only=*/true).argmax().item<int64_t>());
  }
  return {text.begin() + static_cast<int64_t>(kPrompt.size()), text.end()};
}

TEST(Generate, GreedyFollowsTheWholeForward) {
  WholeModel model = make_model();
  EXPECT_EQ(generate(model, kPrompt, {.max_new_tokens = 10, .sampling = {.greedy = true}, .end_token = {}}),
            likeliest(model, 10));
}

TEST(Generate, StopsAfterTheEndToken) {
  WholeModel model = make_model();
  const std::vector<int64_t> all = likeliest(model, 10);
  const std::vector<int64_t> cut =
      generate(model, kPrompt, {.max_new_tokens = 10, .sampling = {.greedy = true}, .end_token = all[3]});
  const auto end = std::ranges::find(all, all[3]) + 1;
  EXPECT_EQ(cut, std::vector<int64_t>(all.begin(), end));
}

TEST(Generate, RefusesEmptyAndOverlongPrompts) {
  WholeModel model = make_model();
  EXPECT_ERROR(ConfigError, "the prompt is empty",
               generate(model, {}, {.max_new_tokens = 1, .sampling = {}, .end_token = {}}));
  EXPECT_ERROR(ConfigError, "a prompt of 6 tokens and 11 new ones exceed the 16 positions",
               generate(model, kPrompt, {.max_new_tokens = 11, .sampling = {}, .end_token = {}}));
}

}  // namespace
}  // namespace trireme::model
