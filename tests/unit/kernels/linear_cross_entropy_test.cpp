#include "trireme/kernels/linear_cross_entropy.h"

#include <ATen/Parallel.h>

#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/reference/reference.h"
#include "unit/kernels/finite_difference.h"

namespace trireme::kernels {
namespace {

constexpr int64_t kVocab = 11;

struct Problem {
  Tensor hidden = random_fp64({2, 5, 4});
  Tensor weight = random_fp64({kVocab, 4});
  Tensor targets = at::randint(kVocab, {2, 5}, at::kLong);
  Tensor scale = at::scalar_tensor(0.125, at::kDouble);
  Tensor weight_grad = at::zeros_like(weight);
  LossSums sums{at::zeros({}, at::kDouble), at::zeros({2}, at::kDouble)};

  Problem() { targets[1][2] = kIgnoredTarget; }
  Tensor backward(int64_t chunk_rows = 0) {
    const LossGradients gradients{scale, weight_grad};
    return linear_cross_entropy(hidden, weight, targets, sums, &gradients, chunk_rows);
  }
  double loss() const {
    const LossSums fresh{at::zeros({}, at::kDouble), {}};
    linear_cross_entropy(hidden, weight, targets, fresh, nullptr);
    return fresh.total.item<double>();
  }
};

TEST(LinearCrossEntropy, EqualsLogSoftmax) {
  Problem p;
  EXPECT_FALSE(linear_cross_entropy(p.hidden, p.weight, p.targets, p.sums, nullptr).defined());
  const Tensor log_probability = at::matmul(p.hidden, p.weight.t()).log_softmax(-1);
  const Tensor nll = -log_probability.gather(2, p.targets.clamp_min(0).unsqueeze(-1)).squeeze(-1);
  const Tensor rows = (nll * p.targets.ne(kIgnoredTarget)).sum(1);
  EXPECT_TRUE(at::allclose(p.sums.rows, rows, 0, 1e-12));
  EXPECT_NEAR(p.sums.total.item<double>(), rows.sum().item<double>(), 1e-12);
}

TEST(LinearCrossEntropy, GradientsMatchFiniteDifferences) {
  Problem p;
  const Tensor dhidden = p.backward();
  expect_gradients([&] { return p.loss() * 0.125; }, {p.hidden, p.weight}, {dhidden, p.weight_grad});
}

TEST(LinearCrossEntropy, ChunkSizeChangesNothingButRounding) {
  Problem p;
  const Tensor whole = p.backward();
  const Tensor whole_weight_grad = p.weight_grad.clone();
  const double loss = p.sums.total.item<double>();
  for (const int64_t rows : {1, 3, 10}) {
    p.sums.total.zero_();
    p.weight_grad.zero_();
    EXPECT_TRUE(at::allclose(p.backward(rows), whole, 0, 1e-13));
    EXPECT_TRUE(at::allclose(p.weight_grad, whole_weight_grad, 0, 1e-13));
    EXPECT_NEAR(p.sums.total.item<double>(), loss, 1e-12);
  }
}

TEST(LinearCrossEntropy, SurvivesHugeLogits) {
  const LossSums sums{at::zeros({}, at::kDouble), {}};
  const Tensor hidden = at::full({1, 1, 1}, 1e4f), weight = at::tensor({1.0f, -1.0f}).view({2, 1});
  linear_cross_entropy(hidden, weight, at::ones({1, 1}, at::kLong), sums, nullptr);
  EXPECT_DOUBLE_EQ(sums.total.item<double>(), 2e4);
}

/// What cpu:: makes of rows in this dtype, and reference:: of the same numbers in fp64.
void expect_cpu_equals_fp64(at::ScalarType dtype, int64_t rows, int64_t vocab, cpu::Logits logits) {
  SCOPED_TRACE(std::to_string(rows) + " rows, vocabulary of " + std::to_string(vocab));
  const Tensor hidden = at::randn({1, rows, 24}).to(dtype), weight = at::randn({vocab, 24}).to(dtype);
  const Tensor targets = at::randint(vocab, {1, rows}, at::kLong), start = at::randn({vocab, 24});
  if (rows > 2) targets[0][1] = kIgnoredTarget;
  const Tensor scale = at::scalar_tensor(0.25, at::kDouble);
  const LossSums sums{at::zeros({}, at::kDouble), at::zeros({1}, at::kDouble)};
  const LossGradients gradients{scale, start.clone()};
  const Tensor dhidden = cpu::linear_cross_entropy(hidden, weight, targets, sums, &gradients, 40, logits);

  const LossSums exact{at::zeros({}, at::kDouble), at::zeros({1}, at::kDouble)};
  const LossGradients exact_gradients{scale, start.to(at::kDouble)};
  const Tensor exact_dhidden = reference::linear_cross_entropy(hidden.to(at::kDouble), weight.to(at::kDouble), targets,
                                                               exact, &exact_gradients, rows);
  const double tolerance = dtype == at::kFloat ? 1e-5 : 2e-2;
  const double a_row = sums.total.item<double>() / static_cast<double>(rows);
  EXPECT_NEAR(a_row, exact.total.item<double>() / static_cast<double>(rows), tolerance);
  EXPECT_TRUE(at::allclose(dhidden.to(at::kDouble), exact_dhidden, tolerance, tolerance));
  EXPECT_TRUE(at::allclose(gradients.weight_grad.to(at::kDouble), exact_gradients.weight_grad, tolerance, tolerance));
}

TEST(LinearCrossEntropy, OfCpuEqualsFp64WhetherLogitsAreKeptOrMadeAgain) {
  at::manual_seed(1);
  for (const auto dtype : {at::kFloat, at::kBFloat16})
    for (const auto logits : {cpu::Logits::kKept, cpu::Logits::kMadeAgain})
      for (const int64_t rows : {1, 3, 33, 100})
        for (const int64_t vocab : {1, 37, 1024, 2100}) expect_cpu_equals_fp64(dtype, rows, vocab, logits);
}

/// Losses and gradients with chunks of 40 rows on `threads`.
std::vector<Tensor> on_threads(int threads, const Tensor& hidden, const Tensor& weight, const Tensor& targets,
                               cpu::Logits logits) {
  const int before = at::get_num_threads();
  at::set_num_threads(threads);
  const LossSums sums{at::zeros({}, at::kDouble), at::zeros({1}, at::kDouble)};
  const LossGradients gradients{at::scalar_tensor(0.25, at::kDouble), at::zeros(weight.sizes(), at::kFloat)};
  const Tensor dhidden = cpu::linear_cross_entropy(hidden, weight, targets, sums, &gradients, 40, logits);
  at::set_num_threads(before);
  return {sums.rows, dhidden, gradients.weight_grad};
}

TEST(LinearCrossEntropy, ThreadsChangeNoBit) {
  at::manual_seed(1);
  constexpr int64_t kRows = 230, kManyTokens = 2100;  // six chunks, five blocks of the vocabulary
  const Tensor targets = at::randint(kManyTokens, {1, kRows}, at::kLong);
  for (const auto dtype : {at::kFloat, at::kBFloat16})
    for (const auto logits : {cpu::Logits::kKept, cpu::Logits::kMadeAgain}) {
      const Tensor hidden = at::randn({1, kRows, 24}).to(dtype), weight = at::randn({kManyTokens, 24}).to(dtype);
      const auto one = on_threads(1, hidden, weight, targets, logits);
      for (const int threads : {2, 4, 5, 8}) {
        const auto several = on_threads(threads, hidden, weight, targets, logits);
        for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], several[i])) << threads << ", " << i;
      }
    }
}

TEST(LinearCrossEntropy, OfNoRowsIsNothing) {
  const LossSums sums{at::zeros({}, at::kDouble), {}};
  const LossGradients gradients{at::scalar_tensor(0.25, at::kDouble), at::ones({kVocab, 4})};
  for (const auto logits : {cpu::Logits::kKept, cpu::Logits::kMadeAgain}) {
    const Tensor hidden = at::empty({2, 0, 4}), targets = at::empty({2, 0}, at::kLong);
    EXPECT_EQ(cpu::linear_cross_entropy(hidden, at::ones({kVocab, 4}), targets, sums, &gradients, 40, logits).numel(),
              0);
  }
  EXPECT_EQ(sums.total.item<double>(), 0);
  EXPECT_TRUE(gradients.weight_grad.eq(1).all().item<bool>());
}

TEST(LinearCrossEntropy, NamesTargetOutsideVocabulary) {
  Problem p;
  p.targets[0][0] = kVocab;
  EXPECT_ERROR(ConfigError, "target id 11 is outside the model's vocabulary of 11", p.loss());
}

}  // namespace
}  // namespace trireme::kernels
