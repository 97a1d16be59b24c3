#include "trireme/model/initialize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace trireme::model {
namespace {

const arch::ParameterSpec kSpec{.name = "w", .shape = {1000, 100}, .init_std = 0.02};

std::vector<float> whole(uint64_t seed, const arch::ParameterSpec& spec = kSpec) {
  std::vector<float> values(static_cast<size_t>(spec.shape[0] * spec.shape[1]));
  initial_values(seed, spec, 0, std::span(values));
  return values;
}

TEST(Initialize, AnyRunEqualsItsPlaceInTheWhole) {
  const std::vector<float> all = whole(7);
  for (const int64_t first : {0, 1, 2, 3, 4, 1001, 99'990}) {
    for (const size_t count : {1, 2, 3, 4, 5, 10}) {
      std::vector<float> run(count);
      initial_values(7, kSpec, first, std::span(run));
      EXPECT_TRUE(std::equal(run.begin(), run.end(), all.begin() + first)) << first << " + " << count;
    }
  }
}

TEST(Initialize, IsNormalWithTheAskedDeviation) {
  const std::vector<float> values = whole(1);
  const auto n = static_cast<double>(values.size());
  double sum = 0, square = 0, fourth = 0;
  for (const double z : values) {
    const double x = z / 0.02;
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / n, 0.0, 5 / std::sqrt(n));
  EXPECT_NEAR(square / n, 1.0, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(fourth / n, 3.0, 5 * std::sqrt(96 / n));
}

TEST(Initialize, IsUniformWithTheAskedDeviation) {
  arch::ParameterSpec spec = kSpec;
  spec.init = arch::InitKind::kUniform;
  const std::vector<float> values = whole(1, spec);
  const auto n = static_cast<double>(values.size());
  double sum = 0, square = 0;
  for (const double value : values) {
    EXPECT_LT(std::abs(value), 0.02 * std::sqrt(3.0));
    sum += value / 0.02;
    square += value * value / (0.02 * 0.02);
  }
  EXPECT_NEAR(sum / n, 0.0, 5 / std::sqrt(n));
  EXPECT_NEAR(square / n, 1.0, 5 * std::sqrt(0.8 / n));
  std::vector<float> run(5);
  initial_values(1, spec, 1002, std::span(run));
  EXPECT_TRUE(std::equal(run.begin(), run.end(), values.begin() + 1002));
}

TEST(Initialize, SeedAndNameChangeTheStream) {
  arch::ParameterSpec other = kSpec;
  other.name = "v";
  EXPECT_NE(whole(1), whole(2));
  EXPECT_NE(whole(1), whole(1, other));
}

TEST(Initialize, Fp64HoldsTheFp32Numbers) {
  const std::vector<float> single = whole(3);
  std::vector<double> wide(single.size());
  initial_values(3, kSpec, 0, std::span(wide));
  EXPECT_TRUE(std::equal(wide.begin(), wide.end(), single.begin()));
}

TEST(Initialize, FillsOnesAndZeros) {
  std::vector<float> values(3);
  initial_values(1, {.name = "n", .shape = {3}, .init = arch::InitKind::kOnes}, 0, std::span(values));
  EXPECT_EQ(values, std::vector<float>(3, 1.0f));
  initial_values(1, {.name = "n", .shape = {3}, .init = arch::InitKind::kZeros}, 0, std::span(values));
  EXPECT_EQ(values, std::vector<float>(3, 0.0f));
}

}  // namespace
}  // namespace trireme::model
