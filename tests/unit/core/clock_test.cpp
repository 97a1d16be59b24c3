#include "trireme/core/clock.h"

#include <gtest/gtest.h>
#include <thread>

namespace trireme {

namespace {

TEST(Deadline, IsPutOffByTheTimeInWhichNobodyLooked) {
  Deadline deadline = Deadline::after(Seconds(0.2));
  std::this_thread::sleep_for(Seconds(1.5));
  EXPECT_FALSE(deadline.look(Seconds(0)));
  std::this_thread::sleep_for(Seconds(0.3));
  EXPECT_TRUE(deadline.look(Seconds(0)));
}

TEST(Deadline, PassesInASleepThatWasAskedFor) {
  Deadline deadline = Deadline::after(Seconds(0.2));
  std::this_thread::sleep_for(Seconds(1.5));
  EXPECT_TRUE(deadline.look(Seconds(1.5)));
}

}  // namespace

}  // namespace trireme
