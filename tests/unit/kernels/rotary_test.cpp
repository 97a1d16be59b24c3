#include "trireme/kernels/rotary.h"

#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "unit/kernels/finite_difference.h"

namespace trireme::kernels {
namespace {

RotaryTable table(const arch::RopeScaling& scaling = {}) {
  return make_rotary_table(8, 10000.0, scaling, 32, at::kCPU);
}

TEST(Rotary, TableHoldsAnglesOfPositions) {
  const RotaryTable rows = table();
  EXPECT_EQ(rows.cos.scalar_type(), at::kFloat);
  for (int i = 0; i < 4; ++i) {
    const double angle = 7 * std::pow(10000.0, -2.0 * i / 8);
    EXPECT_NEAR(rows.cos[7][i].item<double>(), std::cos(angle), 1e-6);
    EXPECT_NEAR(rows.sin[7][i].item<double>(), std::sin(angle), 1e-6);
  }
}

TEST(Rotary, LinearScalingStretchesPositions) {
  const RotaryTable plain = table(), stretched = table({.rope_type = "linear", .factor = 4.0});
  EXPECT_TRUE(at::allclose(stretched.cos[8], plain.cos[2]));
}

TEST(Rotary, BackwardUndoesForward) {
  const Tensor x = random_fp64({2, 5, 3, 8});
  const Tensor y = x.clone();
  const RotaryTable rows = table().rows(at::arange(10, at::kLong));
  rotary_(y, rows);
  EXPECT_FALSE(at::allclose(y, x));
  EXPECT_NEAR(y.norm().item<double>(), x.norm().item<double>(), 1e-5);
  rotary_backward_(y, rows);
  EXPECT_TRUE(at::allclose(y, x, 0, 1e-6));
}

TEST(Rotary, GradientMatchesFiniteDifferences) {
  const Tensor x = random_fp64({1, 4, 2, 8}), dy = random_fp64({1, 4, 2, 8});
  const RotaryTable rows = table().rows(at::arange(3, 7, at::kLong));
  const auto rotated = [&] {
    const Tensor y = x.clone();
    rotary_(y, rows);
    return y;
  };
  const Tensor dx = dy.clone();
  rotary_backward_(dx, rows);
  expect_gradients([&] { return (rotated() * dy).sum().item<double>(); }, {x}, {dx});
}

TEST(Rotary, ScoresDependOnDistanceAlone) {
  const Tensor q = random_fp64({1, 1, 1, 8}), k = random_fp64({1, 1, 1, 8});
  const auto score = [&](int64_t at_q, int64_t at_k) {
    const Tensor a = q.clone(), b = k.clone();
    rotary_(a, table().rows(at::scalar_tensor(at_q, at::kLong)));
    rotary_(b, table().rows(at::scalar_tensor(at_k, at::kLong)));
    return (a * b).sum().item<double>();
  };
  EXPECT_NEAR(score(5, 2), score(25, 22), 1e-5);
}

TEST(Rotary, RefusesUnknownScaling) {
  EXPECT_ERROR(ConfigError, "rope_type \"yarn\" is not supported", table({.rope_type = "yarn"}));
}

}  // namespace
}  // namespace trireme::kernels
