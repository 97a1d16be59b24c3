#include <cmath>
#include <thread>

#include "suite.h"

namespace trireme::testing {

using comm::ReduceOp;

TEST_P(Collectives, OperationsRunInTheOrderTheyWereIssued) {
  run([](comm::Communicator& world) {
    Values x(DType::kI64, 1000);
    x.fill([](int64_t) { return 1; });
    comm::Work last;
    for (int i = 0; i < 5; ++i) last = world.all_reduce(x.buffer(), ReduceOp::kSum);  // each multiplies by size
    last.wait();
    const double want = std::pow(world.size(), 5);
    x.expect_equal([&](int64_t) { return want; }, "five all_reduces");
  });
}

TEST_P(Collectives, OperationsOnTheCurrentStreamKeepTheOrder) {
  run([](comm::Communicator& world) {
    Values x(DType::kI64, 100000);
    x.fill([](int64_t) { return 1; });
    comm::Communicator& current = world.on_current_stream();
    for (int i = 0; i < 3; ++i) {  // each multiplies by size
      world.all_reduce(x.buffer(), ReduceOp::kSum);
      current.all_reduce(x.buffer(), ReduceOp::kSum).wait();
    }
    const double want = std::pow(world.size(), 6);
    x.expect_equal([&](int64_t) { return want; }, "six all_reduces");
  });
}

TEST_P(Collectives, WorkOutlivesItsCommunicator) {
  run([](comm::Communicator& world) {
    auto group = world.split(0, world.rank().value(), "short");
    Values x(DType::kF32, 10);
    x.fill([](int64_t) { return 1; });
    comm::Work work = group->all_reduce(x.buffer(), ReduceOp::kSum);
    group.reset();  // finishes what was issued
    expect(work.done(), "not done");
    work.wait();
    x.expect_equal([&](int64_t) { return world.size(); }, "all_reduce");
  });
}

TEST_P(Collectives, PeersThatLagBehindStillReadWhatWasGiven) {
  run([](comm::Communicator& world) {
    constexpr int64_t kCount = 50000;  // one chunk of a staging area
    Values given(DType::kF32, kCount), taken(DType::kF32, kCount * world.size());
    for (int round = 0; round < 20; ++round) {
      auto group = world.split(0, world.rank().value(), "short");
      for (int turn = 0; turn < 5; ++turn) {
        const auto from = [&](int rank) { return 100 * round + 10 * turn + rank; };
        given.fill([&](int64_t) { return from(world.rank().value()); });
        group->all_gather(given.buffer(), taken.buffer()).wait();
        taken.expect_equal([&](int64_t i) { return from(static_cast<int>(i / kCount)); }, "all_gather");
      }
    }
  });
}

TEST_P(Collectives, SplitGroupsByColorAndOrdersByKey) {
  run([](comm::Communicator& world) {
    const int rank = world.rank().value(), size = world.size();
    auto group = world.split(rank % 2, /*key=*/-rank, rank % 2 ? "odd" : "even");
    const int members = (size + (rank % 2 ? 0 : 1)) / 2;
    expect(group->size() == members, format("size {}", group->size()));
    expect(group->rank().value() == members - 1 - rank / 2, format("rank {} became {}", rank, group->rank()));
    Values x(DType::kI64, 3);
    x.fill([&](int64_t) { return rank; });
    group->all_reduce(x.buffer(), ReduceOp::kSum).wait();
    const double want = members * (members - 1) + (rank % 2) * members;  // 2(0 + 1 + ...) + one each when odd
    x.expect_equal([&](int64_t) { return want; }, "sum in the group");
    auto inner = group->split(0, 0, "inner");
    inner->barrier().wait();
    expect(inner->rank() == group->rank(), "equal keys keep the order");
  });
}

TEST_P(Collectives, GroupsOfOneRankRunSideBySide) {
  run([](comm::Communicator& world) {
    auto a = world.split(0, world.rank().value(), "a");
    auto b = world.split(0, world.rank().value(), "b");
    Values x(DType::kF32, 1000), y(DType::kF32, 1000);
    x.fill([](int64_t) { return 1; });
    y.fill([](int64_t) { return 2; });
    // Ranks wait in different orders: with one queue for both groups this would never end.
    comm::Work first = a->all_reduce(x.buffer(), ReduceOp::kSum), second = b->all_reduce(y.buffer(), ReduceOp::kSum);
    (world.rank().value() % 2 ? first : second).wait();
    (world.rank().value() % 2 ? second : first).wait();
    x.expect_equal([&](int64_t) { return world.size(); }, "group a");
    y.expect_equal([&](int64_t) { return 2 * world.size(); }, "group b");
  });
}

TEST_P(Collectives, ASecondOfWaitingCostsFiveMilliseconds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own work counts as processor time";
#endif
  const std::string& backend = GetParam().backend;
  const bool ranks_are_threads = backend == "local" || backend == "hierarchical";
  const double limit = 0.005 * (ranks_are_threads ? GetParam().size : 1);
  // A barrier of MPI after an idle second costs milliseconds on a virtual machine, also on rank 0, which sleeps: there
  // the limit is on what waiting adds.
  const bool beyond_a_sleeper = backend.starts_with("mpi");
  run([limit, beyond_a_sleeper](comm::Communicator& world) {
    double used = 0;
    for (int attempt = 0; attempt < 3; ++attempt) {  // other programs of the host only add to it
      world.barrier().wait();
      const double before = process_cpu_seconds();
      if (world.rank().value() == 0) std::this_thread::sleep_for(std::chrono::seconds(1));
      world.barrier().wait();
      used = process_cpu_seconds() - before;
      Values of_sleeper(DType::kF64, 1);
      of_sleeper.set(0, used);
      world.broadcast(of_sleeper.buffer(), Rank(0)).wait();
      if (beyond_a_sleeper) used -= of_sleeper.get(0);
      Values most(DType::kF64, 1);
      most.set(0, used);
      world.all_reduce(most.buffer(), comm::ReduceOp::kMax).wait();
      if (most.get(0) < limit) return;
    }
    expect(used < limit, format("waiting for a second used {} s of processor time", used));
  });
}

TEST_P(Collectives, AWorldOfOneIsDoneAtOnce) {
  run([](comm::Communicator& world) {
    auto alone = world.split(world.rank().value(), 0, "alone");
    Values x(DType::kF32, 2), y(DType::kF32, 2);
    x.fill([](int64_t i) { return static_cast<double>(i); });
    expect(alone->all_gather(x.buffer(), y.buffer()).done(), "not done when it returned");
    y.expect_equal([](int64_t i) { return static_cast<double>(i); }, "all_gather");
  });
}

}  // namespace trireme::testing
