#include "fault_trial.h"

#include <random>

#include "suite.h"

namespace trireme::testing {

namespace {

using comm::ReduceOp;

constexpr int kOperations = 12;

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

/// A lost receive may first be seen by a rank further on, which finds its sender still inside.
bool names_operation(const std::string& error, const std::string& op) {
  const auto has = [&](comm::Op one) { return error.find(name_of(one)) != std::string::npos; };
  const bool is_pair = op == name_of(comm::Op::kSend) || op == name_of(comm::Op::kRecv);
  return error.find(op) != std::string::npos || (is_pair && (has(comm::Op::kSend) || has(comm::Op::kRecv)));
}

}  // namespace

FaultTrial::FaultTrial(uint32_t seed) : FaultTrial(seed, 2 + static_cast<int>(std::mt19937(seed)() % 3)) {}

FaultTrial::FaultTrial(uint32_t seed, int size) : seed_(seed), size_(size) {
  std::mt19937 dice(seed);
  dice.discard(1);
  plan_.fault = static_cast<MessageFault>(dice() % 4);
  plan_.rank = static_cast<int>(dice() % static_cast<uint32_t>(size));
  plan_.at = 1 + static_cast<int>(dice() % kOperations);
  plan_.delay = Seconds(dice() % 2 == 0 ? 0.1 : 2.0 * kTimeout);
}

std::string FaultTrial::describe() const {
  return format("seed {}: {} ranks, fault {} on rank {} at operation {}", seed_, size_, static_cast<int>(plan_.fault),
                plan_.rank, plan_.at);
}

bool FaultTrial::harmless() const {
  return plan_.fault == MessageFault::kNone || (plan_.fault == MessageFault::kDelay && plan_.delay.count() < kTimeout);
}

comm::Decorate FaultTrial::decorate(std::function<void(const std::string&)> on_strike) const {
  return [plan = plan_, on_strike](std::unique_ptr<comm::BlockingBackend> inner) {
    return std::make_unique<FaultyBackend>(std::move(inner), plan, [on_strike](const comm::Operation& struck) {
      on_strike(format("{} #{}", name_of(struck.op), struck.sequence));
    });
  };
}

void FaultTrial::run(comm::Communicator& ranks) const {
  std::mt19937 dice(seed_ + 1);
  for (int step = 0; step < kOperations; ++step) {
    const uint32_t choice = dice();
    take_step(ranks, step, choice, kCounts[1 + dice() % 3]);
  }
  for (int end = 0; end < 2; ++end) ranks.barrier().wait();  // meet what was doubled or lost last
  take_step(ranks, kOperations, /*choice=*/5, 1);
}

void FaultTrial::expect_culprit(const std::string& error, const std::string& struck) const {
  const size_t number = struck.find('#');
  ASSERT_NE(number, std::string::npos) << "the fault never struck, but: " << error;
  EXPECT_NE(error.find(format("rank {}", plan_.rank)), std::string::npos) << error;
  EXPECT_NE(error.find(struck.substr(number)), std::string::npos) << "no " << struck << " in: " << error;
  EXPECT_TRUE(names_operation(error, struck.substr(0, number - 1))) << "no " << struck << " in: " << error;
}

}  // namespace trireme::testing
