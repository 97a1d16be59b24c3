#include "trireme/cloud/deploy/run_steps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <random>
#include <thread>

#include "support/test_scale.h"
#include "trireme/core/error.h"

namespace trireme::cloud {
namespace {

Step step(const std::string& name, std::set<std::string> needs = {}) {
  return {.name = name, .file = nullptr, .needs = std::move(needs)};
}

/// What ran, in the order of its end.
class Record {
 public:
  void add(const std::string& name) {
    const std::lock_guard lock(mutex_);
    names_.push_back(name);
  }
  const std::vector<std::string>& names() const { return names_; }
  size_t place_of(const std::string& name) const {
    return static_cast<size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> names_;
};

TEST(RunSteps, WaitForWhatTheyNeed) {
  const std::vector<Step> steps = {step("a"), step("b", {"a"}), step("c", {"a"}), step("d", {"b", "c"})};
  for (int trial = 0; trial < 100; ++trial) {
    Record record;
    run_steps(steps, [&](const Step& each) { record.add(each.name); });
    ASSERT_EQ(record.names().size(), 4u);
    EXPECT_EQ(record.names().front(), "a");
    EXPECT_EQ(record.names().back(), "d");
  }
}

TEST(RunSteps, NoStepsAreDoneAtOnce) {
  run_steps({}, [](const Step&) { FAIL(); });
}

TEST(RunSteps, RunSideBySideWhereTheyCan) {
  std::latch both(2);  // nobody passes alone
  std::atomic<int> ran = 0;
  run_steps({step("a"), step("b"), step("c", {"a", "b"})}, [&](const Step& each) {
    if (each.name != "c") both.arrive_and_wait();
    ++ran;
  });
  EXPECT_EQ(ran, 3);
}

TEST(RunSteps, AFailureStartsNothingMoreAndWaitsForWhatRuns) {
  std::latch failed(1);
  Record record;
  const std::vector<Step> steps = {step("bad"), step("slow"), step("after_bad", {"bad"}), step("after_slow", {"slow"})};
  try {
    run_steps(steps, [&](const Step& each) {
      if (each.name == "bad") {
        failed.count_down();
        throw ConfigError("bad failed");
      }
      failed.wait();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      record.add(each.name);
    });
    FAIL() << "nothing was thrown";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "bad failed");
  }
  EXPECT_EQ(record.names(), std::vector<std::string>{"slow"});
}

TEST(RunSteps, RandomGraphsRunInOrderBothWays) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 30 * test::test_scale(); ++trial) {
    std::vector<Step> steps;
    for (int i = 0; i < 12; ++i) {
      Step next = step(format("s{}", i));
      for (const Step& before : steps) {
        if (random() % 4 == 0) next.needs.insert(before.name);
      }
      steps.push_back(std::move(next));
    }
    Record there, back;
    run_steps(steps, [&](const Step& each) { there.add(each.name); });
    run_steps(reversed(steps), [&](const Step& each) { back.add(each.name); });
    ASSERT_EQ(there.names().size(), steps.size());
    ASSERT_EQ(back.names().size(), steps.size());
    for (const Step& each : steps) {
      for (const std::string& need : each.needs) {
        EXPECT_LT(there.place_of(need), there.place_of(each.name));
        EXPECT_GT(back.place_of(need), back.place_of(each.name));
      }
    }
  }
}

TEST(RunSteps, ReversedTurnsNeedsRound) {
  const std::vector<Step> back = reversed({step("a"), step("b", {"a"}), step("c", {"a"})});
  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back[0].name, "c");
  EXPECT_TRUE(back[0].needs.empty());
  EXPECT_EQ(back[2].name, "a");
  EXPECT_EQ(back[2].needs, (std::set<std::string>{"b", "c"}));
}

}  // namespace
}  // namespace trireme::cloud
