#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>

#include "numerics/plain_adamw.h"
#include "trireme/core/check.h"
#include "trireme/data/tokenizer.h"
#include "trireme/model/whole_model.h"

/// SmolLM2-135M-Instruct with its real weights against transformers 5.23.0 on torch 2.13.0, fp32 on the CPU,
/// from the same dequantised GGUF. The text is bytes [20000000, 20065536) of Debian's dict-gcide.
namespace trireme::tests {
namespace {

using at::Tensor;

constexpr int64_t kSeqLen = 512;
// Mean cross entropy of each row of 512 targets.
constexpr double kRowLosses[] = {2.813334, 2.768761, 2.673642, 3.260114, 2.528960, 2.313831, 2.261909, 2.309287,
                                 2.903977, 2.504307, 2.678926, 2.794491, 2.396758, 2.273226, 2.787013, 2.982116};
constexpr double kMeanLoss = 2.6406657;

fs::path gguf_path() { return fs::path(TRIREME_SOURCE_DIR) / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"; }

std::string corpus_slice() {
  constexpr const char* kCorpus = "/usr/share/dictd/gcide.dict.dz";
  const gzFile file = gzopen(kCorpus, "rb");
  TRIREME_CHECK(file, "{} is missing: install the Debian package dict-gcide", kCorpus);
  std::string text(65536, '\0');
  const bool read = gzseek(file, 20'000'000, SEEK_SET) == 20'000'000 &&
                    gzread(file, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size());
  gzclose(file);
  TRIREME_CHECK(read, "{} is shorter than dict-gcide 0.48.5's", kCorpus);
  return text;
}

/// Rows of `length` inputs with the tokens that follow as targets.
layer::Microbatch rows_of(const std::vector<data::TokenId>& ids, int64_t first_row, int64_t rows, int64_t length) {
  const Tensor all = at::empty({rows, length + 1}, at::kLong);
  std::copy_n(ids.begin() + first_row * (length + 1), all.numel(), all.mutable_data_ptr<int64_t>());
  return {.tokens = all.narrow(1, 0, length).contiguous(),
          .targets = all.narrow(1, 1, length).contiguous(),
          .positions = model::row_positions(rows, length, at::kCPU),
          .document_starts = {},
          .loss_scale = at::scalar_tensor(1.0 / static_cast<double>(rows * length), at::kDouble)};
}

class SmolLm2 : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_TRUE(fs::exists(gguf_path())) << "run tests/support/fetch_smollm2.py first";
    const auto source = arch::open_model_source(gguf_path());
    model_ = std::make_unique<model::WholeModel>(
        arch::describe(source->config()), model::BuildOptions{.device = {}, .max_positions = kSeqLen}, DType::kF32);
    model_->load(*source);
    ids_ = data::load_tokenizer(gguf_path().string())->encode(corpus_slice());
  }
  static void TearDownTestSuite() { model_.reset(); }

  static double mean_loss_with_gradients(const layer::Microbatch& batch) {
    layer::StepSums sums = model::make_step_sums(at::kCPU);
    model_->forward_backward(batch, sums);
    return sums.loss.item<double>() / static_cast<double>(batch.tokens.numel());
  }
  static double total_gradient_norm() {
    double square = 0;
    for (const auto& [name, gradient] : model_->gradients()) square += std::pow(gradient.norm().item<double>(), 2);
    return std::sqrt(square);
  }

  static inline std::unique_ptr<model::WholeModel> model_;
  static inline std::vector<data::TokenId> ids_;
};

TEST_F(SmolLm2, TokenizesTheSlice) { EXPECT_EQ(ids_.size(), 20753u); }

TEST_F(SmolLm2, CrossEntropyOfSixteenRows) {
  double total = 0;
  for (int64_t row = 0; row < 16; ++row) {
    layer::StepSums sums = model::make_step_sums(at::kCPU);
    model_->evaluate(rows_of(ids_, row, 1, kSeqLen), sums);
    const double loss = sums.loss.item<double>() / kSeqLen;
    EXPECT_NEAR(loss, kRowLosses[row], 2e-5) << "row " << row;
    total += loss;
  }
  EXPECT_NEAR(total / 16, kMeanLoss, 2e-5);
}

TEST_F(SmolLm2, LogitsAfterPrompt) {
  const Tensor tokens = at::tensor({504, 3575, 282, 4649, 314}, at::kLong).view({1, 5});  // "The capital of France is"
  const Tensor logits = model_->logits(tokens, nullptr, /*last_only=*/true).view({-1});
  const std::pair<int64_t, double> expected[] = {
      {7042, 17.371265}, {260, 14.888597}, {4528, 13.244977}, {2250, 13.009468}, {1315, 12.951518},
      {0, 1.613645},     {1, -11.871865},  {2, -7.944446},    {3, -9.346914},    {4, -10.085229},
      {5, -10.812824},   {6, -3.941503},   {7, -10.805578}};
  for (const auto& [id, value] : expected) EXPECT_NEAR(logits[id].item<double>(), value, 2e-4) << "id " << id;
  EXPECT_NEAR(logits.logsumexp(0).item<double>(), 17.629347, 2e-4);
  EXPECT_EQ(logits.argmax().item<int64_t>(), 7042);
}

TEST_F(SmolLm2, GradientNorms) {
  const std::pair<const char*, double> norms[] = {{"model.embed_tokens.weight", 4.034583},
                                                  {"model.layers.0.self_attn.q_proj.weight", 0.054681},
                                                  {"model.layers.0.input_layernorm.weight", 1.408874},
                                                  {"model.layers.15.mlp.down_proj.weight", 0.342025},
                                                  {"model.layers.29.self_attn.k_proj.weight", 0.177097},
                                                  {"model.norm.weight", 0.256830}};
  EXPECT_NEAR(mean_loss_with_gradients(rows_of(ids_, 0, 1, 128)), 4.0473156, 2e-5);
  for (const auto& [name, value] : norms) {
    EXPECT_NEAR(model_->gradients().at(name).norm().item<double>() / value, 1.0, 1e-4) << name;
  }
  EXPECT_NEAR(total_gradient_norm() / 9.793598, 1.0, 1e-4);
  for (const auto& [name, gradient] : model_->gradients()) gradient.zero_();
}

/// Changes the weights: the last test of the suite.
TEST_F(SmolLm2, FiveAdamWSteps) {
  constexpr std::pair<double, double> kSteps[] = {// loss, gradient norm
                                                  {4.047316, 9.793597},
                                                  {3.764142, 8.890153},
                                                  {3.506081, 8.291646},
                                                  {3.271411, 7.807742},
                                                  {3.058223, 7.460831}};
  const layer::Microbatch batch = rows_of(ids_, 0, 1, 128);
  PlainAdamW optimizer{.rate = 1e-5};
  for (const auto& [loss, norm] : kSteps) {
    EXPECT_NEAR(mean_loss_with_gradients(batch) / loss, 1.0, 1e-4) << "step " << optimizer.step_count + 1;
    const double measured = total_gradient_norm();
    EXPECT_NEAR(measured / norm, 1.0, 1e-4) << "step " << optimizer.step_count + 1;
    optimizer.step(model_->parameters(), model_->gradients(), std::min(1.0, 1.0 / (measured + 1e-6)));
  }
}

}  // namespace
}  // namespace trireme::tests
