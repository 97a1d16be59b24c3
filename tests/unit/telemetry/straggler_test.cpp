#include "trireme/telemetry/straggler.h"

#include <gtest/gtest.h>

#include <cmath>

namespace trireme::telemetry {
namespace {

constexpr int64_t kToReport = StragglerWatch::kWindowSteps * StragglerWatch::kWindows;
constexpr StepPhases kUsual{.data = 0.1, .compute = 1.0, .comm = 0.2, .save = 0.0};

/// What the watch finds in `steps` equal steps.
std::vector<Straggler> found_in(StragglerWatch& watch, const std::vector<StepPhases>& ranks, int64_t steps) {
  std::vector<Straggler> all;
  for (int64_t i = 0; i < steps; ++i)
    for (const Straggler& straggler : watch.add(ranks)) all.push_back(straggler);
  return all;
}

TEST(StragglerWatch, EqualRanksAreNone) {
  StragglerWatch watch(3);
  EXPECT_TRUE(found_in(watch, {kUsual, kUsual, kUsual}, 10 * kToReport).empty());
}

TEST(StragglerWatch, NamesRankPhaseAndShareOnce) {
  StragglerWatch watch(3);
  StepPhases slow = kUsual;
  slow.data = 2.1;
  slow.comm = 0.0;
  const std::vector<StepPhases> ranks = {kUsual, slow, kUsual};
  EXPECT_TRUE(found_in(watch, ranks, kToReport - 1).empty());
  const auto found = found_in(watch, ranks, 5 * kToReport);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].rank, 1);
  EXPECT_EQ(found[0].phase, "data");
  EXPECT_DOUBLE_EQ(found[0].share, 1.0);
  EXPECT_NEAR(found[0].slowdown, 3.1 / 1.1, 1e-9);
}

TEST(StragglerWatch, WaitingForPeersIsNoOwnTime) {
  StragglerWatch watch(3);
  StepPhases waits = kUsual;
  waits.comm = 100;
  EXPECT_TRUE(found_in(watch, {kUsual, waits, waits}, 2 * kToReport).empty());
}

TEST(StragglerWatch, OneHiccupIsNotPersistent) {
  StragglerWatch watch(2);
  StepPhases hiccup = kUsual;
  hiccup.compute = 1000;
  EXPECT_TRUE(found_in(watch, {kUsual, hiccup}, 1).empty());
  EXPECT_TRUE(found_in(watch, {kUsual, kUsual}, 3 * kToReport).empty());
}

TEST(StragglerWatch, IsNamedAgainAfterItRecovered) {
  StragglerWatch watch(2);
  StepPhases slow = kUsual;
  slow.save = 5;
  EXPECT_EQ(found_in(watch, {slow, kUsual}, kToReport).size(), 1u);
  EXPECT_TRUE(found_in(watch, {kUsual, kUsual}, StragglerWatch::kWindowSteps).empty());
  const auto again = found_in(watch, {slow, kUsual}, kToReport);
  ASSERT_EQ(again.size(), 1u) << "of two ranks the median is the faster one's";
  EXPECT_EQ(again[0].phase, "save");
}

TEST(StragglerWatch, SaysNothingWhereAPhaseIsUnknown) {
  StragglerWatch watch(2);
  StepPhases unknown = kUsual;
  unknown.compute = unknown.comm = NAN;
  EXPECT_TRUE(found_in(watch, {unknown, kUsual}, 2 * kToReport).empty());
}

}  // namespace
}  // namespace trireme::telemetry
