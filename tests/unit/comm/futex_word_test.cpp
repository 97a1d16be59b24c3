#include "trireme/comm/futex_word.h"

#include <gtest/gtest.h>
#include <thread>

namespace trireme::comm {

namespace {

constexpr Seconds kFarTooLong{20};

TEST(Sleeper, IsNotStoppedByNewsFromBefore) {
  FutexWord word{};
  ring(word);
  Sleeper sleeper(word);
  sleeper.sleep(Seconds(0.01));
  EXPECT_FALSE(sleeper.rung());
}

TEST(Sleeper, SleepsNotWhenRungForBetweenLookAndSleep) {
  FutexWord word{};
  Sleeper sleeper(word);
  ring(word);
  const Stopwatch watch;
  sleeper.sleep(kFarTooLong);
  EXPECT_TRUE(sleeper.rung());
  EXPECT_LT(watch.seconds(), 1);
}

TEST(Sleeper, MissesNoNews) {
  constexpr int kRounds = 5'000;
  FutexWord ping{}, pong{};
  std::atomic<int> pings{0}, pongs{0};
  const auto await = [](FutexWord& word, const std::atomic<int>& news, int count) {
    while (true) {
      Sleeper sleeper(word);
      if (news.load(std::memory_order_relaxed) >= count) return true;
      sleeper.sleep(kFarTooLong);
      if (!sleeper.rung()) return news.load() >= count;
    }
  };
  const Stopwatch watch;
  std::thread peer([&] {
    for (int round = 1; round <= kRounds && await(ping, pings, round); ++round) {
      pongs.store(round, std::memory_order_relaxed);
      ring(pong);
    }
  });
  bool answered = true;
  for (int round = 1; round <= kRounds && answered; ++round) {
    pings.store(round, std::memory_order_relaxed);
    ring(ping);
    answered = await(pong, pongs, round);
  }
  pings.store(kRounds);
  ring(ping);
  peer.join();
  EXPECT_TRUE(answered);
  EXPECT_LT(watch.seconds(), kFarTooLong.count());
}

}  // namespace

}  // namespace trireme::comm
