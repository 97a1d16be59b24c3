#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "trireme/kernels/current_device.h"
#include "trireme/kernels/reference/reference.h"

// The fused kernels of a GPU against the reference in fp64 on the CPU, from the same inputs.
namespace trireme::kernels {
namespace {

struct Shape {
  int64_t rows, width;
};
constexpr Shape kShapes[] = {{1, 1}, {3, 7}, {130, 64}, {5, 1000}, {1025, 2056}, {0, 16}};

class GpuKernels : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  Tensor random(at::IntArrayRef sizes) const { return at::randn(sizes).to(at::kCUDA, GetParam()); }
  Tensor zeros(at::IntArrayRef sizes) const { return at::zeros(sizes, at::TensorOptions(at::kCUDA).dtype(at::kFloat)); }

  /// Errors are counted in roundings of the largest value; inputs are about 1.
  void expect_near(const Tensor& got, const Tensor& want, double roundings, const std::string& what) const {
    ASSERT_EQ(got.sizes(), want.sizes()) << what;
    if (want.numel() == 0) return;
    const double unit = got.scalar_type() == at::kBFloat16 ? 0x1p-8 : GetParam() == at::kBFloat16 ? 0x1p-12 : 0x1p-22;
    const double scale = std::max(0.1, want.abs().max().item<double>());
    const double error = (got.to(at::kCPU, at::kDouble) - want).abs().max().item<double>();
    EXPECT_LE(error, roundings * unit * scale) << what << " of " << want.sizes();
  }
};

Tensor wide(const Tensor& x) { return x.to(at::kCPU, at::kDouble); }

TEST_P(GpuKernels, RmsNorm) {
  for (const auto [rows, width] : kShapes) {
    const Tensor x = random({rows, width}), weight = random({width}), dy = random({rows, width});
    const RmsNormResult got = rms_norm(x, weight, 1e-5), want = reference::rms_norm(wide(x), wide(weight), 1e-5);
    expect_near(got.y, want.y, 2, "y");
    EXPECT_TRUE(rms_norm_apply(x, got.rstd, weight).equal(got.y));
    for (const bool residual : {false, true}) {
      const Tensor around = residual ? random({rows, width}) : Tensor();
      const Tensor weight_grad = zeros({width}), want_grad = at::zeros({width}, at::kDouble);
      const Tensor dx = rms_norm_backward(dy, x, got.rstd, weight, around, weight_grad);
      const Tensor want_dx = reference::rms_norm_backward(wide(dy), wide(x), want.rstd, wide(weight),
                                                          residual ? wide(around) : Tensor(), want_grad);
      expect_near(dx, want_dx, 4, "dx");
      expect_near(weight_grad, want_grad, 64, "weight's gradient");
    }
  }
}

TEST_P(GpuKernels, RotaryAndBack) {
  for (const int64_t head_dim : {2, 6, 64}) {
    const auto table = make_rotary_table(head_dim, 1e4, {}, 10, at::kCPU);
    const RotaryTable on_gpu{table.cos.to(at::kCUDA), table.sin.to(at::kCUDA)};
    const RotaryTable in_fp64{wide(table.cos), wide(table.sin)};
    const Tensor x = random({2, 5, 3, head_dim}), want = wide(x), before = x.clone();
    rotary_(x, on_gpu);
    reference::rotate_(want, in_fp64, /*back=*/false);
    expect_near(x, want, 2, "rotated");
    rotary_backward_(x, on_gpu);
    expect_near(x, wide(before), 4, "rotated back");
  }
}

TEST_P(GpuKernels, Swiglu) {
  for (const auto [rows, width] : kShapes) {
    const Tensor gate = random({rows, width}), up = random({rows, width}), dy = random({rows, width});
    expect_near(swiglu(gate, up), reference::swiglu(wide(gate), wide(up)), 2, "y");
    const SwigluGradients got = swiglu_backward(dy, gate, up);
    const SwigluGradients want = reference::swiglu_backward(wide(dy), wide(gate), wide(up));
    expect_near(got.gate, want.gate, 2, "gate's gradient");
    expect_near(got.up, want.up, 2, "up's gradient");
  }
}

TEST_P(GpuKernels, LinearCrossEntropy) {
  for (const int64_t vocab_size : {2, 77, 1024}) {
    const Tensor hidden = random({2, 9, 32}), weight = random({vocab_size, 32});
    const Tensor targets = at::randint(vocab_size, {2, 9}, at::kLong);
    targets.select(1, 4).fill_(kIgnoredTarget);
    const auto loss_of = [&](const Tensor& h, const Tensor& w, const Tensor& ids, const Tensor& grad, auto call) {
      const LossSums sums{at::zeros({}, h.options().dtype(at::kDouble)),
                          at::zeros({2}, h.options().dtype(at::kDouble))};
      const LossGradients gradients{at::full({}, 0.125, grad.options()), grad};
      const Tensor dhidden = call(h, w, ids, sums, &gradients, 7);
      return std::vector<Tensor>{sums.total, sums.rows, dhidden, grad};
    };
    const auto got = loss_of(hidden, weight, targets.to(at::kCUDA), zeros(weight.sizes()), linear_cross_entropy);
    const auto want =
        loss_of(wide(hidden), wide(weight), targets, at::zeros_like(wide(weight)), reference::linear_cross_entropy);
    const double rounded_logits = GetParam() == at::kBFloat16 ? 0x1p-8 : 1e-6;
    EXPECT_NEAR(got[0].item<double>(), want[0].item<double>(), rounded_logits * want[0].item<double>());
    EXPECT_TRUE(at::allclose(got[1].cpu(), want[1], rounded_logits, 0.0));
    expect_near(got[2], want[2], 8, "hidden's gradient");
    expect_near(got[3].to(GetParam()), want[3], 8, "weight's gradient");
  }
}

TEST_P(GpuKernels, SumOfSquares) {
  for (const int64_t count : {0, 1, 7, 1000, 1000003}) {
    const Tensor x = random({count}), want = wide(x).square().sum();
    EXPECT_NEAR(sum_of_squares(x).item<double>(), want.item<double>(), 1e-12 * want.item<double>()) << count;
    const Tensor tail = x.narrow(0, std::min<int64_t>(1, count), std::max<int64_t>(0, count - 1));  // not aligned
    const double rest = wide(tail).square().sum().item<double>();
    EXPECT_NEAR(sum_of_squares(tail).item<double>(), rest, 1e-12 * rest) << count;
  }
  const Tensor broken = at::ones({1000}, at::TensorOptions(at::kCUDA).dtype(GetParam()));
  broken[998].fill_(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isinf(sum_of_squares(broken).item<double>()));
  broken[997].fill_(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(std::isnan(sum_of_squares(broken).item<double>()));
}

std::vector<at::ScalarType> dtypes() {
  return num_gpus() > 0 ? std::vector{at::kFloat, at::kBFloat16} : std::vector<at::ScalarType>{};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GpuKernels);
INSTANTIATE_TEST_SUITE_P(Dtypes, GpuKernels, ::testing::ValuesIn(dtypes()),
                         [](const auto& info) { return std::string(at::toString(info.param)); });

}  // namespace
}  // namespace trireme::kernels
