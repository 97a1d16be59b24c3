#include "trireme/core/thread.h"

#include <gtest/gtest.h>
#include <cerrno>
#include <thread>

#include "support/expect_error.h"

namespace trireme {

TEST(StartThread, SaysWhatToDoWhenThereIsNoRoom) {
  const auto refused = []() -> std::thread { throw std::system_error(EAGAIN, std::generic_category()); };
  EXPECT_ERROR(IoError, "can't start a thread: Resource temporarily unavailable; give the job more memory",
               start_thread(refused));
}

TEST(StartThread, GivesBackTheThread) {
  int answer = 0;
  start_thread([&] { return std::thread([&] { answer = 42; }); }).join();
  EXPECT_EQ(answer, 42);
}

}  // namespace trireme
