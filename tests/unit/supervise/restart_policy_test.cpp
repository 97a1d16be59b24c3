#include "trireme/supervise/restart_policy.h"

#include <gtest/gtest.h>

#include <csignal>

namespace trireme::supervise {
namespace {

constexpr int exited_with(int code) { return code << 8; }  // a wait status

/// `rank` failed first, with this cause, when all had come to `step`, and had saved `checkpoint`.
Failure failure_of(int world, int rank, const std::string& cause, int64_t step, int64_t checkpoint = 0) {
  Failure failure{.first_rank = rank, .cause = cause, .seen_at = 0, .ranks = {}};
  for (int i = 0; i < world; ++i) {
    RankOutcome outcome;
    outcome.rank = i;
    outcome.wait_status = exited_with(3);
    outcome.last_step = step;
    outcome.last_checkpoint = checkpoint;
    failure.ranks.push_back(outcome);
  }
  return failure;
}

RestartPolicy::Options options_of(int world, int min_ranks = 0) {
  return {.world = world,
          .max_restarts = 100,
          .min_ranks = min_ranks,
          .first_delay = Seconds(1),
          .longest_delay = Seconds(60),
          .accepts = {}};
}

TEST(RestartPolicy, DelayDoublesUpToACapAndStartsAnewAfterProgress) {
  RestartPolicy policy(options_of(2));
  std::vector<double> delays;
  for (int i = 0; i < 9; ++i)  // another cause each time, without progress
    delays.push_back(policy.after(failure_of(2, 0, std::string(static_cast<size_t>(i) + 1, 'x'), 0))->delay.count());
  EXPECT_EQ(delays, (std::vector<double>{1, 2, 4, 8, 16, 32, 60, 60, 60}));
  EXPECT_EQ(policy.after(failure_of(2, 0, "y", 1))->delay.count(), 1);
  EXPECT_EQ(policy.restarts(), 10);
}

TEST(RestartPolicy, CrashLoopEndsWithTheFirstCause) {
  RestartPolicy policy(options_of(3));
  ASSERT_TRUE(policy.after(failure_of(3, 1, "rank 1 (pid 100) was stopped for 1.5 s", 5)));
  EXPECT_FALSE(policy.after(failure_of(3, 1, "rank 1 (pid 2071) was stopped for 22.1 s", 5)));
  EXPECT_NE(policy.why_not().find("a crash loop: two failures in a row without a newer checkpoint or more steps"),
            std::string::npos)
      << policy.why_not();
  EXPECT_NE(policy.why_not().find("(pid 100)"), std::string::npos) << policy.why_not();
}

TEST(RestartPolicy, ASignalIsTheSameCauseHoweverPeersPutIt) {
  RestartPolicy policy(options_of(2));
  for (const char* cause : {"", "rank 0 saw rank 1 die"}) {
    Failure failure = failure_of(2, 1, cause, 0);
    failure.ranks[1].wait_status = SIGKILL;
    EXPECT_EQ(policy.after(failure).has_value(), std::string(cause).empty());
  }
}

TEST(RestartPolicy, ProgressOrAnotherCauseIsNoCrashLoop) {
  RestartPolicy policy(options_of(3));
  EXPECT_TRUE(policy.after(failure_of(3, 1, "a", 5)));
  EXPECT_TRUE(policy.after(failure_of(3, 1, "a", 6))) << "more steps";
  EXPECT_TRUE(policy.after(failure_of(3, 1, "a", 6, /*checkpoint=*/6))) << "a newer checkpoint";
  EXPECT_TRUE(policy.after(failure_of(3, 2, "a", 6, 6))) << "another rank";
  EXPECT_TRUE(policy.after(failure_of(3, 2, "b", 6, 6))) << "another cause";
  EXPECT_FALSE(policy.after(failure_of(3, 2, "b", 6, 6)));
}

TEST(RestartPolicy, LeavesOutASlotThatFailsTwice) {
  RestartPolicy policy(options_of(4, /*min_ranks=*/2));
  EXPECT_EQ(policy.after(failure_of(4, 1, "a", 5))->slots.size(), 4u);
  const auto fewer = policy.after(failure_of(4, 1, "b", 5));
  ASSERT_TRUE(fewer);
  EXPECT_EQ(fewer->slots, (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(fewer->left_out, std::vector<int>{1});
  // Rank 1 is slot 2 now.
  EXPECT_TRUE(policy.after(failure_of(3, 1, "a", 5)));
  EXPECT_EQ(policy.after(failure_of(3, 1, "a", 5))->slots, (std::vector<int>{0, 3}));
  EXPECT_TRUE(policy.after(failure_of(2, 1, "a", 5)));
  EXPECT_FALSE(policy.after(failure_of(2, 1, "a", 5))) << "two ranks is the least";
  EXPECT_NE(policy.why_not().find("slot 3 failed first twice in a row without progress"), std::string::npos)
      << policy.why_not();
}

TEST(RestartPolicy, TakesTheLargestWorldThatTheRecipeAccepts) {
  RestartPolicy::Options options = options_of(4, 1);
  options.accepts = [](int world) { return world == 4 || world == 2; };
  RestartPolicy policy(std::move(options));
  ASSERT_TRUE(policy.after(failure_of(4, 1, "a", 5)));
  const auto fewer = policy.after(failure_of(4, 1, "a", 5));
  ASSERT_TRUE(fewer);
  EXPECT_EQ(fewer->slots, (std::vector<int>{0, 2}));
  EXPECT_EQ(fewer->left_out, (std::vector<int>{1, 3}));
}

TEST(RestartPolicy, EndsWhereStartingAgainCanNotHelp) {
  RestartPolicy policy(options_of(2));
  Failure failure = failure_of(2, 0, "the recipe is wrong", 5);
  failure.ranks[0].wait_status = exited_with(1);
  EXPECT_FALSE(policy.after(failure));
  EXPECT_EQ(policy.why_not(), "");
}

}  // namespace
}  // namespace trireme::supervise
