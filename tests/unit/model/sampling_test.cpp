#include "trireme/model/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "support/expect_error.h"
#include "trireme/core/error.h"

namespace trireme::model {
namespace {

const std::vector<float> kLogits = {std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.3f)};

std::map<int64_t, double> frequencies(const Sampling& sampling) {
  constexpr int kDraws = 20000;
  std::map<int64_t, double> share;
  for (int i = 0; i < kDraws; ++i) share[sample(kLogits, sampling, i)] += 1.0 / kDraws;
  return share;
}

TEST(Sampling, GreedyTakesTheLargestAndTheFirstOfEquals) {
  EXPECT_EQ(sample(kLogits, {.greedy = true}, 0), 1);
  EXPECT_EQ(sample(std::vector<float>{1, 5, 5}, {.greedy = true}, 3), 1);
}

TEST(Sampling, DrawsBySoftmax) {
  const auto share = frequencies({.seed = 3});
  for (const auto& [id, expected] : std::map<int64_t, double>{{0, 0.1}, {1, 0.4}, {2, 0.2}, {3, 0.3}}) {
    EXPECT_NEAR(share.at(id), expected, 0.02) << id;
  }
}

TEST(Sampling, TemperatureSharpens) {
  const auto share = frequencies({.temperature = 0.5});  // probabilities squared: 1, 16, 4, 9 of 30
  EXPECT_NEAR(share.at(1), 16.0 / 30, 0.02);
  EXPECT_NEAR(share.at(0), 1.0 / 30, 0.02);
}

TEST(Sampling, TopKKeepsTheLargest) {
  const auto share = frequencies({.top_k = 2});
  EXPECT_EQ(share.size(), 2u);
  EXPECT_NEAR(share.at(1), 4.0 / 7, 0.02);
  EXPECT_NEAR(share.at(3), 3.0 / 7, 0.02);
}

TEST(Sampling, TopPKeepsTheFewestThatReachIt) {
  EXPECT_EQ(frequencies({.top_p = 0.39}).size(), 1u);
  EXPECT_EQ(frequencies({.top_p = 0.41}).size(), 2u);
  EXPECT_EQ(frequencies({.top_p = 0.95}).size(), 4u);
}

TEST(Sampling, IsAFunctionOfSeedAndPosition) {
  std::vector<int64_t> first, again, other;
  for (int i = 0; i < 64; ++i) {
    first.push_back(sample(kLogits, {.seed = 1}, i));
    again.push_back(sample(kLogits, {.seed = 1}, i));
    other.push_back(sample(kLogits, {.seed = 2}, i));
  }
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
}

TEST(Sampling, RefusesWhatCannotBeDrawn) {
  EXPECT_ERROR(ConfigError, "temperature must be above 0, got 0; for the likeliest token use greedy",
               check({.temperature = 0}));
  EXPECT_ERROR(ConfigError, "top_p must be above 0 and at most 1, got 1.5", check({.top_p = 1.5}));
  EXPECT_ERROR(ConfigError, "top_k must be at least 0, got -1", check({.top_k = -1}));
  const std::vector<float> broken = {0, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_ERROR(ConfigError, "logits are not numbers", sample(broken, {}, 0));
}

}  // namespace
}  // namespace trireme::model
