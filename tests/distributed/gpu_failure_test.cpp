#include <csignal>
#include <thread>

#include "suite.h"
#include "trireme/core/error.h"

// What the GPUs' ranks say of one that fails. The world needs seconds to start, so time counts from the fault. Before
// the first operation the ranks met in NCCL, by a broadcast of the hosts: the fifth operation is the one at fault.
namespace trireme::testing {

namespace {

using comm::ReduceOp;

constexpr double kTimeout = 10;

/// Three all_reduces of all ranks, then `fault` on each; what it throws is told with the seconds it took.
std::vector<RankOutcome> run_fault(int size, const RankBody& fault) {
  return run_ranks({"nccl", size, Seconds(kTimeout)}, [&](comm::Communicator& world) {
    Values x(DType::kF32, 100000);
    for (int i = 0; i < 3; ++i) finish(world.all_reduce(x.buffer(), ReduceOp::kSum));
    const Stopwatch watch;
    try {
      fault(world);
    } catch (const CommError& problem) {
      throw CommError(format("after {} s: {}", format_fixed(watch.seconds(), 1), problem.what()));
    }
  });
}

bool is_last(const comm::Communicator& world) { return world.rank().value() == world.size() - 1; }

void all_reduce(comm::Communicator& world) {
  Values x(DType::kF32, 100000);
  finish(world.all_reduce(x.buffer(), ReduceOp::kSum));
}

void expect_contains(const std::string& text, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in: " << text;
}

/// Seconds from the fault to the error, at most.
void expect_within(const std::string& error, double limit) {
  ASSERT_EQ(error.rfind("after ", 0), 0u) << error;
  EXPECT_LT(std::stod(error.substr(6)), limit) << error;
}

class GpuFailures : public ::testing::TestWithParam<int> {};

}  // namespace

TEST_P(GpuFailures, ASkippedCollectiveIsNamedBeforeTheDeadline) {
  const int size = GetParam();
  const auto outcomes = run_fault(size, [](comm::Communicator& world) {
    Values in(DType::kF32, 64), out(DType::kF32, 64 * world.size());
    if (!is_last(world)) finish(world.all_gather(in.buffer(), out.buffer()));
    finish(world.reduce_scatter(out.buffer(), in.buffer(), ReduceOp::kSum));
  });
  for (const RankOutcome& outcome : outcomes) {
    expect_contains(outcome.error, {"rank 0 called all_gather #5 of world (64 fp32)",
                                    format("rank {} called reduce_scatter #5 of world (64 fp32)", size - 1)});
    expect_within(outcome.error, 2);
  }
}

TEST_P(GpuFailures, ACollectiveThatOneRankNeverCallsIsNamedAtTheDeadline) {
  const int size = GetParam();
  const auto outcomes = run_fault(size, [](comm::Communicator& world) {
    if (is_last(world)) std::this_thread::sleep_for(std::chrono::seconds(14));
    all_reduce(world);
  });
  for (const RankOutcome& outcome : outcomes) {
    expect_contains(outcome.error, {"all_reduce #5 of world (100000 fp32) was not done within 10.0 s",
                                    format("rank {} on host ", size - 1), "has not entered all_reduce #5 of world"});
    expect_within(outcome.error, kTimeout + 6);
  }
}

TEST_P(GpuFailures, APieceOfAnotherLengthIsNamedBeforeTheDeadline) {
  const int size = GetParam();
  const auto outcomes = run_fault(size, [](comm::Communicator& world) {
    const std::vector<int64_t> sent(static_cast<size_t>(world.size()), 10);
    std::vector<int64_t> expected = sent;
    if (is_last(world)) ++expected[0];
    Values in(DType::kF32, 10 * world.size()), out(DType::kF32, 10 * world.size() + is_last(world));
    finish(world.all_to_all(in.buffer(), sent, out.buffer(), expected));
  });
  for (const RankOutcome& outcome : outcomes) {
    expect_contains(
        outcome.error,
        {format("all_to_all #5 of world: rank 0 sends 10 elements to rank {}, which expects 11", size - 1)});
    expect_within(outcome.error, 2);
  }
}

TEST_P(GpuFailures, AnAbortReachesThoseWhoWait) {
  const auto outcomes = run_fault(GetParam(), [](comm::Communicator& world) {
    if (is_last(world)) throw CommError("disk full on the last rank");
    all_reduce(world);
  });
  for (const RankOutcome& outcome : outcomes) {
    expect_contains(outcome.error, {"disk full on the last rank"});
    expect_within(outcome.error, 2);
  }
}

TEST_P(GpuFailures, AKilledRankIsNamedBeforeTheDeadline) {
  const int size = GetParam();
  const auto outcomes = run_fault(size, [](comm::Communicator& world) {
    if (is_last(world)) ::raise(SIGKILL);
    all_reduce(world);
  });
  for (int rank = 0; rank < size - 1; ++rank) {
    const std::string& error = outcomes[static_cast<size_t>(rank)].error;
    expect_contains(error, {"all_reduce #5 of world (100000 fp32) can't be done", format("rank {} on host ", size - 1),
                            "has died"});
    expect_within(error, 3);
  }
}

TEST_P(GpuFailures, AStoppedRankIsNamedAtTheDeadline) {
  const int size = GetParam();
  const auto outcomes = run_fault(size, [](comm::Communicator& world) {
    if (is_last(world)) ::raise(SIGSTOP);
    all_reduce(world);
  });
  for (int rank = 0; rank < size - 1; ++rank) {
    const std::string& error = outcomes[static_cast<size_t>(rank)].error;
    expect_contains(error, {"was not done within 10.0 s", format("rank {} on host ", size - 1),
                            "has not entered all_reduce #5 of world"});
    expect_within(error, kTimeout + 3);
  }
}

namespace {

std::vector<int> sizes() {
  std::vector<int> all;
  for (int size = 2; size <= nccl_ranks(); ++size) all.push_back(size);
  return all;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GpuFailures);
INSTANTIATE_TEST_SUITE_P(Nccl, GpuFailures, ::testing::ValuesIn(sizes()));

}  // namespace

}  // namespace trireme::testing
