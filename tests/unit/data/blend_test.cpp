#include "trireme/data/blend.h"

#include <gtest/gtest.h>
#include <cmath>
#include <random>

#include "trireme/core/error.h"

namespace trireme::data {
namespace {

/// Largest distance of any source from its exact part after any number of samples; also checks the ordinals.
double worst_error(const Blend& blend, int64_t samples) {
  std::vector<int64_t> given(blend.shares().size(), 0);
  double worst = 0;
  for (int64_t i = 0; i < samples; ++i) {
    const BlendPlace place = blend(i);
    EXPECT_EQ(place.ordinal, given[static_cast<size_t>(place.source)]++);
    for (size_t k = 0; k < given.size(); ++k) {
      const double exact =
          static_cast<double>(i + 1) * static_cast<double>(blend.shares()[k]) / static_cast<double>(blend.period());
      worst = std::max(worst, std::abs(static_cast<double>(given[k]) - exact));
    }
  }
  return worst;
}

TEST(BlendTest, WeightsOfFewDigitsAreExact) {
  const Blend blend(std::vector{0.7, 0.2, 0.1});
  EXPECT_EQ(blend.period(), 10);
  EXPECT_EQ(std::vector(blend.shares().begin(), blend.shares().end()), (std::vector<int64_t>{7, 2, 1}));
  EXPECT_LT(worst_error(blend, 1000), 1.0);
  EXPECT_EQ(blend(1'000'000'000'000).ordinal, 700'000'000'000);
}

TEST(BlendTest, OneSourceTakesAll) {
  const Blend blend(std::vector{3.0});
  for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(blend(i).ordinal, i);
}

TEST(BlendPropertyTest, EverySourceIsWithinOneSampleAtAnyTime) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 40; ++round) {
    std::vector<double> weights(1 + random() % 12);
    // From even to very uneven: the uneven ones break simple largest-deficit rules.
    const double power = static_cast<double>(random() % 6);
    for (double& weight : weights) weight = std::pow(static_cast<double>(1 + random() % 100) / 100, power);
    EXPECT_LT(worst_error(Blend(weights), 3000), 1.0);
  }
}

TEST(BlendTest, TinyWeightsKeepAShare) {
  const Blend blend(std::vector{1.0, 1e-12});
  EXPECT_EQ(blend.period(), 65536);
  EXPECT_EQ(blend.shares()[1], 1);
}

TEST(BlendTest, RefusesBadWeights) {
  EXPECT_THROW(Blend(std::vector<double>{}), ConfigError);
  EXPECT_THROW(Blend(std::vector{1.0, 0.0}), ConfigError);
  EXPECT_THROW(Blend(std::vector{std::nan("")}), ConfigError);
  try {
    Blend(std::vector{0.5, -0.5});
    FAIL();
  } catch (const ConfigError& problem) {
    EXPECT_STREQ(problem.what(), "a blend weight must be positive, got -0.5");
  }
}

}  // namespace
}  // namespace trireme::data
