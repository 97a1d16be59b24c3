#include "trireme/comm/run_apart.h"

#include <gtest/gtest.h>
#include <future>
#include <memory>
#include <thread>

#include "trireme/core/error.h"

namespace trireme::comm {
namespace {

TEST(RunApart, ReturnsWhenTheCallHas) {
  const auto calls = std::make_shared<int>(0), undone = std::make_shared<int>(0);
  run_apart([calls] { ++*calls; }, [undone] { ++*undone; }, [] {});
  EXPECT_EQ(*calls, 1);
  EXPECT_EQ(*undone, 0);
}

TEST(RunApart, ThrowsWhatTheCallThrows) {
  EXPECT_THROW(run_apart([] { throw CommError("no network"); }, [] {}, [] {}), CommError);
}

TEST(RunApart, LeavesACallThatDoesNotReturnAndUndoesWhatItStillDoes) {
  auto go_on = std::make_shared<std::promise<void>>(), undone = std::make_shared<std::promise<void>>();
  int looks = 0;
  EXPECT_THROW(run_apart([go_on] { go_on->get_future().wait(); }, [undone] { undone->set_value(); },
                         [&] {
                           if (++looks == 3) throw CommError("too late");
                         }),
               CommError);
  auto is_undone = undone->get_future();
  EXPECT_EQ(is_undone.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  go_on->set_value();
  EXPECT_EQ(is_undone.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

}  // namespace
}  // namespace trireme::comm
