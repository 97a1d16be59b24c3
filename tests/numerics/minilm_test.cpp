#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "trireme/arch/model_source.h"
#include "trireme/data/tokenizer.h"
#include "trireme/model/whole_model.h"

// all-MiniLM-L6-v2, a bare BERT with real weights, against transformers 5.23.0 on torch 2.13.0, fp32 on the CPU.
namespace trireme::tests {
namespace {

using at::Tensor;

constexpr int64_t kClass = 101, kSeparator = 102, kPadding = 0;

struct Reference {
  std::string text;
  std::vector<double> norms;  // of each token's hidden state
  std::vector<double> first;  // elements 0 to 3 of each token's
};

const std::vector<Reference>& references() {
  static const std::vector<Reference> all = {
      {"The cells divide once an hour at thirty-seven degrees.",
       {9.005642, 8.212988, 12.384974, 11.017341, 6.922855, 6.647414, 10.472883, 5.281246, 5.824716, 6.606179, 4.746797,
        10.418791, 7.217783, 8.426571},
       {0.005598,  0.310851,  0.032281,  -0.315578, -0.05537,  -0.025974, -0.45036,  0.066751, -0.101201, -0.464111,
        -0.69546,  -0.551006, 0.14638,   0.569799,  -0.071316, -0.224644, 0.232798,  0.29549,  -0.429462, 0.172728,
        0.116563,  0.007406,  -0.204059, -0.187623, 0.344094,  0.337899,  0.214381,  0.208076, 0.041722,  0.070619,
        -0.284992, -0.0732,   0.339559,  0.303739,  -0.340053, -0.363032, 0.140098,  0.048705, -0.242029, -0.406689,
        0.348326,  0.202136,  -0.096226, -0.269433, 0.565456,  0.216213,  -0.396215, 0.198986, 0.026562,  -0.113493,
        -0.386893, 0.046138,  0.107072,  -0.347939, -0.36681,  0.146243}},
      {"A short one.",
       {6.800745, 11.002979, 11.954596, 10.919002, 7.038356, 5.502906},
       {0.107944, 0.140272, 0.100278,  0.113077,  -0.576134, 0.009332,  -0.519929, 0.025948,
        0.250845, 1.454565, 0.870737,  -0.604869, -0.01721,  1.074076,  0.351081,  0.225202,
        0.131762, 0.151033, -0.535779, 0.319868,  0.113788,  -0.363903, -0.308865, 0.359771}}};
  return all;
}

fs::path folder() { return fs::path(TRIREME_SOURCE_DIR) / "build/assets/minilm"; }

/// Each text in a row, padded; padding is a document of its own.
layer::Microbatch batch_of(const std::vector<std::vector<data::TokenId>>& texts, int64_t length) {
  const auto rows = static_cast<int64_t>(texts.size());
  const Tensor tokens = at::full({rows, length}, kPadding, at::kLong);
  std::vector<int64_t> starts;
  for (int64_t row = 0; row < rows; ++row) {
    const auto& ids = texts[static_cast<size_t>(row)];
    for (size_t i = 0; i < ids.size(); ++i) tokens[row][static_cast<int64_t>(i)] = ids[i];
    starts.push_back(row * length);
    if (static_cast<int64_t>(ids.size()) < length) starts.push_back(row * length + static_cast<int64_t>(ids.size()));
  }
  starts.push_back(rows * length);
  return {.tokens = tokens,
          .targets = {},
          .positions = model::row_positions(rows, length, at::kCPU),
          .document_starts = at::tensor(starts, at::kLong),
          .loss_scale = {}};
}

TEST(MiniLm, HiddenStatesEqualThoseOfTransformers) {
  ASSERT_TRUE(fs::exists(folder() / "model.safetensors")) << "run tests/support/fetch_minilm.py first";
  const auto source = arch::open_model_source(folder());
  model::WholeModel model(arch::describe(source->config()), {.device = {}, .max_positions = 512}, DType::kF32);
  model.load(*source);
  const auto tokenizer = data::load_tokenizer(folder().string());
  std::vector<std::vector<data::TokenId>> texts;
  for (const Reference& reference : references()) {
    texts.push_back({kClass});
    for (const data::TokenId id : tokenizer->encode(reference.text)) texts.back().push_back(id);
    texts.back().push_back(kSeparator);
    ASSERT_EQ(texts.back().size(), reference.norms.size());
  }
  const Tensor hidden = model.logits(batch_of(texts, static_cast<int64_t>(texts[0].size())));
  for (size_t row = 0; row < texts.size(); ++row) {
    for (size_t token = 0; token < texts[row].size(); ++token) {
      const Tensor state = hidden[static_cast<int64_t>(row)][static_cast<int64_t>(token)];
      EXPECT_NEAR(state.norm().item<double>(), references()[row].norms[token], 1e-4);
      for (int64_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(state[i].item<double>(), references()[row].first[token * 4 + static_cast<size_t>(i)], 1e-4);
      }
    }
  }
}

}  // namespace
}  // namespace trireme::tests
