#include "support/expect_error.h"
#include "trireme/kernels/embedding.h"
#include "trireme/kernels/linear.h"
#include "trireme/kernels/rms_norm.h"
#include "trireme/kernels/swiglu.h"
#include "unit/kernels/finite_difference.h"

#include "trireme/core/error.h"

namespace trireme::kernels {
namespace {

TEST(RmsNorm, GradientsMatchFiniteDifferences) {
  const Tensor x = random_fp64({2, 3, 8}), weight = random_fp64({8}), dy = random_fp64({2, 3, 8});
  const Tensor residual = random_fp64({2, 3, 8});
  const auto loss = [&] { return (rms_norm(x, weight, 1e-5).y * dy + x * residual).sum().item<double>(); };
  const Tensor weight_grad = at::zeros_like(weight);
  const Tensor dx = rms_norm_backward(dy, x, rms_norm(x, weight, 1e-5).rstd, weight, residual, weight_grad);
  expect_gradients(loss, {x, weight}, {dx, weight_grad});
}

TEST(RmsNorm, HasUnitMeanSquare) {
  const Tensor y = rms_norm(at::full({1, 1, 4}, 3.0f), at::full({4}, 2.0f), 0.0).y;
  EXPECT_TRUE(y.equal(at::full({1, 1, 4}, 2.0f)));
}

TEST(RmsNorm, ApplyRepeatsForwardBitwise) {
  const Tensor x = at::randn({5, 16}).to(at::kBFloat16), weight = at::randn({16}).to(at::kBFloat16);
  const RmsNormResult first = rms_norm(x, weight, 1e-5);
  EXPECT_EQ(first.rstd.scalar_type(), at::kFloat);
  EXPECT_TRUE(rms_norm_apply(x, first.rstd, weight).equal(first.y));
}

TEST(Swiglu, GradientsMatchFiniteDifferences) {
  const Tensor gate = random_fp64({3, 7}), up = random_fp64({3, 7}), dy = random_fp64({3, 7});
  const SwigluGradients d = swiglu_backward(dy, gate, up);
  expect_gradients([&] { return (swiglu(gate, up) * dy).sum().item<double>(); }, {gate, up}, {d.gate, d.up});
}

TEST(Linear, GradientsMatchFiniteDifferences) {
  const Tensor x = random_fp64({2, 3, 5}), weight = random_fp64({4, 5}), dy = random_fp64({2, 3, 4});
  const Tensor weight_grad = at::zeros_like(weight);
  linear_backward_weight_(weight_grad, dy, x);
  expect_gradients([&] { return (kernels::linear(x, weight) * dy).sum().item<double>(); }, {x, weight},
                   {linear_backward_input(dy, weight), weight_grad});
}

TEST(Linear, WeightGradientAccumulatesInFp32UnderBf16) {
  const Tensor dy = at::ones({1, 4, 2}).to(at::kBFloat16), x = at::ones({1, 4, 3}).to(at::kBFloat16);
  const Tensor weight_grad = at::full({2, 3}, 1024.0f);
  linear_backward_weight_(weight_grad, dy, x);
  linear_backward_weight_(weight_grad, dy, x);
  EXPECT_TRUE(weight_grad.equal(at::full({2, 3}, 1032.0f)));  // bf16 holds 1024 and 1032, but not 1028
}

TEST(Embedding, AddsGradientsOfRepeatedTokens) {
  const Tensor tokens = at::tensor({2, 0, 2}, at::kLong).view({1, 3});
  const Tensor weight_grad = at::zeros({3, 1});
  embedding_backward_(weight_grad, at::tensor({1.0f, 10.0f, 100.0f}).view({1, 3, 1}), tokens);
  EXPECT_TRUE(weight_grad.equal(at::tensor({10.0f, 0.0f, 101.0f}).view({3, 1})));
}

TEST(Embedding, NamesTokenOutsideVocabulary) {
  const Tensor tokens = at::tensor({1, 70}, at::kLong).view({1, 2});
  EXPECT_ERROR(ConfigError, "token id 70 is outside the model's vocabulary of 64",
               kernels::embedding(tokens, at::zeros({64, 2})));
}

}  // namespace
}  // namespace trireme::kernels
