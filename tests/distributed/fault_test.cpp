#include <deque>
#include <future>
#include <random>

#include "faulty_backend.h"
#include "suite.h"
#include "support/test_scale.h"
#include "trireme/comm/local/local.h"

// Random programs over a transport that loses, doubles and delays messages: no result is wrong without an error, no
// rank hangs past the deadline, and the error names the rank, the operation and its number.
namespace trireme::testing {

namespace {

using comm::ReduceOp;

constexpr double kTimeout = 1.0;
constexpr int kOperations = 12;

struct FaultTrial {
  uint32_t seed;
  int size = 0;
  FaultyBackend::Plan plan = {};

  explicit FaultTrial(uint32_t seed_) : seed(seed_) {
    std::mt19937 dice(seed);
    size = 2 + static_cast<int>(dice() % 3);
    plan.fault = static_cast<MessageFault>(dice() % 4);
    plan.rank = static_cast<int>(dice() % static_cast<uint32_t>(size));
    plan.at = 1 + static_cast<int>(dice() % kOperations);
    plan.delay = Seconds(dice() % 2 == 0 ? 0.1 : 2.0 * kTimeout);
  }
  bool harmless() const {
    return plan.fault == MessageFault::kNone || (plan.fault == MessageFault::kDelay && plan.delay.count() < kTimeout);
  }
};

double value(int rank, int64_t i, int step) { return static_cast<double>((rank + 1) * (i % 7 + 1) + step); }

/// One operation of the program, and the check of what it brought.
void take_step(comm::Communicator& world, int step, uint32_t choice, int64_t count) {
  const int size = world.size(), rank = world.rank().value();
  const std::string what = format("step {} on rank {}", step, rank);
  Values one(DType::kF32, count), all(DType::kF32, count * size);
  one.fill([&](int64_t i) { return value(rank, i, step); });
  const auto sum = [&](int64_t i) {
    double total = 0;
    for (int r = 0; r < size; ++r) total += value(r, i, step);
    return total;
  };
  const auto gathered = [&](int64_t i) { return value(static_cast<int>(i / count), i % count, step); };
  switch (choice % 6) {
    case 0: world.all_reduce(one.buffer(), ReduceOp::kSum).wait(); return one.expect_equal(sum, what);
    case 1: world.all_gather(one.buffer(), all.buffer()).wait(); return all.expect_equal(gathered, what);
    case 2:
      all.fill([&](int64_t i) { return value(rank, i % count, step); });
      world.reduce_scatter(all.buffer(), one.buffer(), ReduceOp::kSum).wait();
      return one.expect_equal(sum, what);
    case 3:
      world.broadcast(one.buffer(), Rank(step % size)).wait();
      return one.expect_equal([&](int64_t i) { return value(step % size, i, step); }, what);
    case 4: return world.barrier().wait();
    default: break;
  }
  const int from = (rank + size - 1) % size;
  Values received(DType::kF32, count);
  comm::Work sent = world.send(one.buffer(), Rank((rank + 1) % size));
  world.recv(received.buffer(), Rank(from)).wait();
  sent.wait();
  received.expect_equal([&](int64_t i) { return value(from, i, step); }, what);
}

std::vector<RankOutcome> run_trial(FaultTrial& trial) {
  auto world = comm::local::make_world(
      trial.size, {.timeout = Seconds(kTimeout), .decorate = [&](std::unique_ptr<comm::BlockingBackend> inner) {
                     return std::make_unique<FaultyBackend>(std::move(inner), trial.plan);
                   }});
  return run_ranks_of(std::move(world), [&](comm::Communicator& ranks) {
    std::mt19937 dice(trial.seed + 1);
    for (int step = 0; step < kOperations; ++step) {
      const uint32_t choice = dice();
      take_step(ranks, step, choice, kCounts[1 + dice() % 3]);
    }
    for (int end = 0; end < 2; ++end) ranks.barrier().wait();  // meet what was doubled or lost last
    take_step(ranks, kOperations, /*choice=*/5, 1);
  });
}

/// A lost receive may first be seen by a rank further on, which finds its sender still inside.
bool names_operation(const std::string& error, comm::Op op) {
  const auto has = [&](comm::Op one) { return error.find(name_of(one)) != std::string::npos; };
  const bool is_pair = op == comm::Op::kSend || op == comm::Op::kRecv;
  return has(op) || (is_pair && (has(comm::Op::kSend) || has(comm::Op::kRecv)));
}

/// The rank, the operation and its number.
void expect_culprit(const FaultTrial& trial, const std::string& error) {
  const comm::Operation& struck = trial.plan.struck;
  EXPECT_NE(error.find(format("rank {}", trial.plan.rank)), std::string::npos) << error;
  EXPECT_NE(error.find(format("#{}", struck.sequence)), std::string::npos) << error;
  EXPECT_TRUE(names_operation(error, struck.op)) << "no " << name_of(struck.op) << " in: " << error;
}

}  // namespace

TEST(MessageFaults, RandomFaultsEndInAnErrorThatNamesTheCulprit) {
  constexpr uint32_t kFirstSeed = 20261127;
  constexpr size_t kAtOnce = 8;  // they wait most of the time
  const size_t total = 24 * static_cast<size_t>(test::test_scale());
  std::deque<FaultTrial> trials;
  for (size_t i = 0; i < total; ++i) trials.emplace_back(kFirstSeed + static_cast<uint32_t>(i));
  std::vector<std::future<std::vector<RankOutcome>>> ends(total);
  for (size_t i = 0; i < total; ++i) {
    if (i >= kAtOnce) ends[i - kAtOnce].wait();
    ends[i] = std::async(std::launch::async, [&trial = trials[i]] { return run_trial(trial); });
  }
  for (size_t i = 0; i < total; ++i) {
    const FaultTrial& trial = trials[i];
    const auto outcomes = ends[i].get();
    SCOPED_TRACE(format("seed {}: {} ranks, fault {} on rank {} at operation {}", trial.seed, trial.size,
                        static_cast<int>(trial.plan.fault), trial.plan.rank, trial.plan.at));
    std::string error;
    for (const RankOutcome& outcome : outcomes) {
      EXPECT_EQ(outcome.error.find("element "), std::string::npos) << "a wrong result: " << outcome.error;
      EXPECT_LT(outcome.seconds, 4 * kTimeout);
      if (error.empty()) error = outcome.error;
      EXPECT_TRUE(outcome.error.empty() || outcome.error == error) << "another cause: " << outcome.error;
    }
    EXPECT_EQ(error.empty(), trial.harmless()) << error;
    if (!error.empty()) expect_culprit(trial, error);
  }
}

}  // namespace trireme::testing
