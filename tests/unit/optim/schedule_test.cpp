#include "trireme/optim/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "trireme/core/error.h"

namespace trireme::optim {
namespace {

recipe::Schedule schedule(const std::string& name, int64_t warmup, int64_t decay, double min_ratio) {
  return {.name = name, .warmup_steps = warmup, .decay_steps = decay, .min_ratio = min_ratio};
}

TEST(LearningRate, WarmsUpLinearlyToThePeakInEverySchedule) {
  for (const char* name : {"constant", "linear", "cosine", "wsd", "inverse_sqrt"}) {
    const LearningRate rate(schedule(name, 4, 10, 0.1), 2.0, 100);
    EXPECT_DOUBLE_EQ(rate.at(0), 0.5) << name;
    EXPECT_DOUBLE_EQ(rate.at(3), 2.0) << name;
  }
}

TEST(LearningRate, ConstantStaysAtThePeak) {
  const LearningRate rate(schedule("constant", 0, 0, 0.1), 1e-3, 10);
  EXPECT_DOUBLE_EQ(rate.at(0), 1e-3);
  EXPECT_DOUBLE_EQ(rate.at(1000), 1e-3);
}

TEST(LearningRate, LinearFallsToTheMinimumAndStaysThere) {
  const LearningRate rate(schedule("linear", 10, 0, 0.2), 1.0, 110);
  EXPECT_DOUBLE_EQ(rate.at(10), 1.0);
  EXPECT_DOUBLE_EQ(rate.at(60), 0.6);
  EXPECT_DOUBLE_EQ(rate.at(110), 0.2);
  EXPECT_DOUBLE_EQ(rate.at(500), 0.2);
}

TEST(LearningRate, CosineIsHalfWayInTheMiddle) {
  const LearningRate rate(schedule("cosine", 0, 100, 0.1), 1.0, 200);
  EXPECT_DOUBLE_EQ(rate.at(0), 1.0);
  EXPECT_NEAR(rate.at(50), 0.55, 1e-15);
  EXPECT_NEAR(rate.at(25), 0.1 + 0.9 * 0.5 * (1.0 + std::sqrt(0.5)), 1e-15);
  EXPECT_NEAR(rate.at(100), 0.1, 1e-15);
  EXPECT_NEAR(rate.at(150), 0.1, 1e-15);
}

TEST(LearningRate, WsdIsFlatUntilTheFinalDecay) {
  const LearningRate rate(schedule("wsd", 5, 20, 0.0), 1.0, 100);
  EXPECT_DOUBLE_EQ(rate.at(5), 1.0);
  EXPECT_DOUBLE_EQ(rate.at(80), 1.0);
  EXPECT_DOUBLE_EQ(rate.at(90), 0.5);
  EXPECT_DOUBLE_EQ(rate.at(100), 0.0);
}

TEST(LearningRate, InverseSqrtIsOneAtTheEndOfTheWarmUp) {
  const LearningRate rate(schedule("inverse_sqrt", 100, 0, 0.1), 1.0, 1000000);
  EXPECT_DOUBLE_EQ(rate.at(99), 1.0);
  EXPECT_DOUBLE_EQ(rate.at(399), 0.5);
  EXPECT_DOUBLE_EQ(rate.at(899999), 0.1);
}

std::string error_of(const recipe::Schedule& options, int64_t steps) {
  try {
    LearningRate(options, 1.0, steps);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(LearningRate, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_of(schedule("triangle", 0, 0, 0.1), 10),
            "schedule.name: 'triangle' is none of constant, linear, cosine, wsd, inverse_sqrt");
  EXPECT_EQ(error_of(schedule("wsd", 8, 5, 0.1), 10),
            "schedule.decay_steps: 5 steps of decay and 8 of warm-up do not fit in 10 steps");
  EXPECT_EQ(error_of(schedule("cosine", 20, 10, 0.1), 100),
            "schedule.warmup_steps: 20 is past the end of the decay at step 10");
}

}  // namespace
}  // namespace trireme::optim
