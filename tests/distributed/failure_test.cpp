#include <unistd.h>
#include <csignal>
#include <thread>

#include "suite.h"
#include "support/test_scale.h"
#include "trireme/comm/shm/shm.h"
#include "trireme/core/error.h"

// What a rank that fails does to the others: they end soon, with the first cause.
namespace trireme::testing {

namespace {

using comm::ReduceOp;

class Failures : public Collectives {
 protected:
  RankWorld world(double timeout) const {
    RankWorld world = GetParam();
    world.timeout = Seconds(timeout);
    return world;
  }
  int size() const { return GetParam().size; }
};

void expect_contains(const std::string& text, std::initializer_list<std::string> parts, const std::string& who) {
  for (const std::string& part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << who << ": no \"" << part << "\" in: " << text;
  }
}

}  // namespace

TEST_P(Failures, AnotherOperationIsNamedOnAllRanks) {
  const auto outcomes = run_ranks(world(20), [](comm::Communicator& world) {
    world.barrier().wait();
    Values x(DType::kF32, 5);
    if (world.rank().value() == world.size() - 1) return world.barrier().wait();
    world.all_reduce(x.buffer(), ReduceOp::kSum).wait();
  });
  for (const RankOutcome& outcome : outcomes) {
    expect_contains(outcome.error,
                    {"rank 0 called all_reduce #2 of world (5 fp32)", format("rank {} called barrier #2", size() - 1)},
                    "rank");
    EXPECT_LT(outcome.seconds, 2);
  }
}

TEST_P(Failures, AnotherCountOrTypeIsNamedOnAllRanks) {
  for (const bool count : {true, false}) {
    const auto outcomes = run_ranks(world(20), [&](comm::Communicator& world) {
      const bool differs = world.rank().value() == world.size() - 1;
      Values x(differs && !count ? DType::kBF16 : DType::kF32, differs && count ? 6 : 5);
      world.all_reduce(x.buffer(), ReduceOp::kSum).wait();
    });
    for (const RankOutcome& outcome : outcomes) {
      expect_contains(outcome.error, {"(5 fp32)", count ? "(6 fp32)" : "(5 bf16)"}, "rank");
    }
  }
}

TEST_P(Failures, AReceiverOfAnotherCountNamesTheSender) {
  const auto outcomes = run_ranks(world(20), [](comm::Communicator& world) {
    Values x(DType::kF32, world.rank().value() == 0 ? 5 : 6);
    if (world.rank().value() == 0) world.send(x.buffer(), Rank(1)).wait();
    if (world.rank().value() == 1) world.recv(x.buffer(), Rank(0)).wait();
    world.barrier().wait();
  });
  for (const RankOutcome& outcome : outcomes)
    expect_contains(outcome.error, {"rank 0 sends 5 fp32 to rank 1", "expects 6 fp32"}, "rank");
}

TEST_P(Failures, AnAbortReachesThoseWhoWaitAndThoseWhoComeLater) {
  const auto outcomes = run_ranks(world(20), [](comm::Communicator& world) {
    if (world.rank().value() == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      throw IoError("disk full on rank 0");
    }
    const Stopwatch watch;
    try {
      world.barrier().wait();
      expect(false, "the barrier was passed");
    } catch (const CommError& problem) {
      expect(watch.seconds() < 0.35, format("took {} s", watch.seconds()));
      expect(problem.what() == std::string("disk full on rank 0"), problem.what());
    }
    world.barrier().wait();
  });
  for (const RankOutcome& outcome : outcomes) EXPECT_EQ(outcome.error, "disk full on rank 0");
}

TEST_P(Failures, ADeadlineEndsWithWhereEveryRankStands) {
  const auto outcomes = run_ranks(world(0.5), [](comm::Communicator& world) {
    world.barrier().wait();
    auto group = world.split(0, world.rank().value(), "dp_shard");
    Values x(DType::kF32, 5);
    if (world.rank().value() == world.size() - 1) std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    group->all_reduce(x.buffer(), ReduceOp::kSum).wait();
  });
  const std::string late = format("rank {} on host ", size() - 1);
  for (const RankOutcome& outcome : outcomes) {
    expect_contains(outcome.error,
                    {"all_reduce #1 of dp_shard (5 fp32) was not done within 0.5 s", late,
                     "has not entered all_reduce #1 of dp_shard; it last finished ", " of world"},
                    "rank");
    EXPECT_LT(outcome.seconds, 1.7);
  }
}

TEST_P(Failures, AWaitsOwnDeadlineAbortsTheGroup) {
  const auto outcomes = run_ranks(world(20), [](comm::Communicator& world) {
    if (world.rank().value() == 0) world.barrier().wait_host(Deadline::after(Seconds(0.2)));
    if (world.rank().value() != 0) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    world.barrier().wait();
  });
  for (const RankOutcome& outcome : outcomes)
    expect_contains(outcome.error, {"barrier #1 of world was not done", "has not entered"}, "rank");
}

namespace {

std::vector<RankWorld> worlds() {
  std::vector<RankWorld> all;
  if (mpirun_size() > 0) return all;  // the ranks of mpirun end with the first failure: mpi_failure_test.cpp
  for (const char* backend : {"local", "shm"}) {
    for (int size = 2; size <= 3; ++size) all.push_back({backend, size});
  }
  return all;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Failures);
INSTANTIATE_TEST_SUITE_P(World, Failures, ::testing::ValuesIn(worlds()), name_of_world);

/// One rank gets the signal between two collectives.
std::vector<RankOutcome> strike(int size, int signal, double timeout) {
  return run_ranks({"shm", size, Seconds(timeout)}, [&](comm::Communicator& world) {
    Values x(DType::kF32, 100000);
    for (int i = 0; i < 3; ++i) world.all_reduce(x.buffer(), ReduceOp::kSum).wait();
    if (world.rank().value() == 1) ::raise(signal);
    world.all_reduce(x.buffer(), ReduceOp::kSum).wait();
  });
}

}  // namespace

TEST(KilledRank, IsNamedByTheOthersBeforeTheDeadline) {
  const auto outcomes = strike(3, SIGKILL, 2);
  EXPECT_EQ(outcomes[1].signal, SIGKILL);
  for (const int rank : {0, 2}) {
    const RankOutcome& outcome = outcomes[static_cast<size_t>(rank)];
    expect_contains(outcome.error,
                    {"all_reduce #4 of world (100000 fp32) can't be done: rank 1 on host ", "has died",
                     "has not entered all_reduce #4 of world; it last finished all_reduce #3 of world"},
                    "rank");
    EXPECT_LT(outcome.seconds, 2);
  }
}

/// Gathered from memory of the callers' own, which peers read through the kernel while its owner dies.
TEST(KilledRank, IsNamedByThoseWhoReadItsMemory) {
  for (int round = 0; round < 5 * test::test_scale(); ++round) {
    const auto outcomes = run_ranks({"shm", 3, Seconds(5)}, [&](comm::Communicator& world) {
      Values mine(DType::kF32, 300000), all(DType::kF32, 300000 * world.size());
      std::thread killer;
      for (int i = 0;; ++i) {
        world.all_gather(mine.buffer(), all.buffer()).wait();
        if (world.rank().value() != 1 || i != 3) continue;
        killer = std::thread([round] {
          std::this_thread::sleep_for(std::chrono::microseconds(1000 + 137 * round));
          ::raise(SIGKILL);
        });
      }
    });
    EXPECT_EQ(outcomes[1].signal, SIGKILL);
    for (const int rank : {0, 2}) {
      expect_contains(outcomes[static_cast<size_t>(rank)].error, {"rank 1"}, "rank");
      EXPECT_LT(outcomes[static_cast<size_t>(rank)].seconds, 5);
    }
  }
}

TEST(KilledRank, StoppedRankIsNamedAtTheDeadline) {
  const auto outcomes = strike(3, SIGSTOP, 2);
  EXPECT_EQ(outcomes[1].signal, SIGSTOP);
  for (const int rank : {0, 2}) {
    const RankOutcome& outcome = outcomes[static_cast<size_t>(rank)];
    expect_contains(outcome.error,
                    {"was not done within 2.0 s", "rank 1 on host ",
                     "has not entered all_reduce #4 of world; it last finished all_reduce #3 of world"},
                    "rank");
    EXPECT_LT(outcome.seconds, 3);
  }
}

TEST(SharedMemory, RunningOutIsAnErrorThatSaysWhatWasWanted) {
  const UniqueFd memory = comm::shm::create_memory(1, 0);
  const auto world = comm::shm::make_world({.fd = memory.get(), .memory_limit = Bytes(8 << 20)});
  auto first = world->allocate(Bytes(6 << 20));
  try {
    world->allocate(Bytes(4 << 20));
    FAIL() << "no error";
  } catch (const IoError& problem) {
    expect_contains(problem.what(), {"out of shared memory: wanted 4.00 MiB", "2.00 MiB available"}, "limit");
  }
  first.reset();
  world->allocate(Bytes(8 << 20));  // freed memory comes back
}

TEST(SharedMemory, AFreedPieceIsTheNextOneOfItsSize) {
  const UniqueFd memory = comm::shm::create_memory(1, 0);
  const auto world = comm::shm::make_world({.fd = memory.get(), .memory_limit = Bytes(8 << 20)});
  auto large = world->allocate(Bytes(4 << 20)), small = world->allocate(Bytes(1 << 20));
  const std::byte *large_bytes = large->bytes().data(), *small_bytes = small->bytes().data();
  large.reset();
  small.reset();
  small = world->allocate(Bytes(1 << 20));
  large = world->allocate(Bytes(4 << 20));
  EXPECT_EQ(large->bytes().data(), large_bytes);
  EXPECT_EQ(small->bytes().data(), small_bytes);
}

TEST(SharedMemory, MoreThanTheHostHasIsAnError) {
  const UniqueFd memory = comm::shm::create_memory(1, 0);
  const auto world = comm::shm::make_world({.fd = memory.get()});
  EXPECT_THROW(world->allocate(Bytes(int64_t{1} << 42)), IoError);
}

TEST(SharedMemory, AStaleRankCantJoin) {
  const UniqueFd memory = comm::shm::create_memory(1, /*generation=*/1);
  try {
    comm::shm::make_world({.fd = memory.get(), .generation = 0});
    FAIL() << "no error";
  } catch (const CommError& problem) {
    expect_contains(problem.what(), {"restart 0", "restart 1"}, "generation");
  }
}

}  // namespace trireme::testing
