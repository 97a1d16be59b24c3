#include "trireme/kernels/layer_norm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "finite_difference.h"
#include "trireme/kernels/activation.h"

namespace trireme::kernels {
namespace {

TEST(LayerNorm, GradientsMatchFiniteDifferences) {
  const Tensor x = random_fp64({2, 3, 5}), weight = random_fp64({5}), bias = random_fp64({5}),
               dy = random_fp64({2, 3, 5});
  const Tensor dresidual = random_fp64({2, 3, 5});
  const Tensor dweight = at::zeros_like(weight), dbias = at::zeros_like(bias);
  const LayerNormResult result = layer_norm(x, weight, bias, 1e-5);
  const Tensor dx = layer_norm_backward(dy, x, result.mean, result.rstd, weight, dresidual, dweight, dbias);
  const auto value = [&] {
    return ((layer_norm(x, weight, bias, 1e-5).y * dy).sum() + (x * dresidual).sum()).item<double>();
  };
  expect_gradients(value, {x, weight, bias}, {dx, dweight, dbias});
}

TEST(LayerNorm, HasNoBiasWhereNoneIsGiven) {
  const Tensor x = random_fp64({4, 6}), weight = random_fp64({6}), dweight = at::zeros_like(weight);
  const LayerNormResult result = layer_norm(x, weight, {}, 1e-5);
  EXPECT_TRUE(at::allclose(result.y, layer_norm(x, weight, at::zeros_like(weight), 1e-5).y, 0, 0));
  layer_norm_backward(x, x, result.mean, result.rstd, weight, {}, dweight, {});
  EXPECT_GT(dweight.abs().sum().item<double>(), 0);
}

TEST(LayerNorm, SumsGradientsInFloatForBf16) {
  const Tensor x = at::randn({64, 8}).to(at::kBFloat16), weight = at::ones({8}, at::kBFloat16);
  const Tensor dweight = at::zeros({8}), dbias = at::zeros({8});
  const LayerNormResult result = layer_norm(x, weight, weight, 1e-5);
  EXPECT_EQ(result.y.scalar_type(), at::kBFloat16);
  EXPECT_EQ(result.rstd.scalar_type(), at::kFloat);
  const Tensor ones = at::ones_like(x);
  layer_norm_backward(ones, x, result.mean, result.rstd, weight, {}, dweight, dbias);
  EXPECT_TRUE(at::equal(dbias, at::full({8}, 64.0)));
}

TEST(Activation, GradientsMatchFiniteDifferences) {
  using arch::Activation;
  const Tensor x = random_fp64({3, 4}), up = random_fp64({3, 4}), dy = random_fp64({3, 4});
  for (const Activation activation : {Activation::kSilu, Activation::kGelu, Activation::kGeluTanh}) {
    expect_gradients([&] { return (activate(x, activation) * dy).sum().item<double>(); }, {x},
                     {activate_backward(dy, x, activation)});
    const auto [dgate, dup] = gated_activation_backward(dy, x, up, activation);
    expect_gradients([&] { return (gated_activation(x, up, activation) * dy).sum().item<double>(); }, {x, up},
                     {dgate, dup});
  }
}

}  // namespace
}  // namespace trireme::kernels
