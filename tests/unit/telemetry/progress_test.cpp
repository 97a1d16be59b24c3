#include "trireme/telemetry/progress.h"

#include <gtest/gtest.h>

namespace trireme::telemetry {
namespace {

TEST(ProgressTest, DrawsBarTimeLeftAndDetail) {
  EXPECT_EQ(Progress::render({.label = "train", .total = 200}, 50, 10, "loss 3.21", 80),
            "train [======>                 ] 25% 30s left  loss 3.21");
  EXPECT_EQ(Progress::render({.label = "train", .total = 200}, 200, 40, "", 80),
            "train [========================] 100% 0.0s left");
}

TEST(ProgressTest, PlainLinesHaveNoBar) {
  EXPECT_EQ(Progress::render({.label = "prepare", .total = 4}, 1, 2, "9 tokens", 0), "prepare 25% 6.0s left  9 tokens");
}

TEST(ProgressTest, AnUnknownTotalHasNoPercentage) {
  EXPECT_EQ(Progress::render({.label = "read", .total = 0}, 5, 2, "5 files", 80), "read  5 files");
}

TEST(ProgressTest, LinesFitTheTerminal) {
  const std::string line = Progress::render({.label = "train", .total = 10}, 5, 1, std::string(200, 'x'), 60);
  EXPECT_EQ(line.size(), 60u);
}

TEST(ProgressTest, NothingDoneHasNoTimeLeft) {
  EXPECT_EQ(Progress::render({.label = "train", .total = 10}, 0, 1, "", 0), "train 0%");
}

}  // namespace
}  // namespace trireme::telemetry
