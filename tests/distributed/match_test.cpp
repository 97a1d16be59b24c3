#include "suite.h"
#include "trireme/comm/match_pieces.h"
#include "trireme/comm/operation.h"

// Operations whose data goes another way: ranks compare what they call, and nothing moves.
namespace trireme::testing {

namespace {

using comm::Op;
using comm::Operation;

/// Of a buffer that no back-end may touch.
Operation untouchable(Op op, int64_t count, Rank peer = Rank(-1)) {
  const comm::Buffer nowhere{nullptr, count, DType::kBF16, {}};
  return {.op = op, .peer = peer, .in = nowhere, .out = nowhere};
}

}  // namespace

TEST_P(Collectives, MatchMovesNothingAndCountsWithTheOthers) {
  run([](comm::Communicator& world) {
    world.barrier().wait();
    for (const Op op : {Op::kAllReduce, Op::kAllGather, Op::kReduceScatter, Op::kAllToAll}) {
      Operation operation = untouchable(op, 1000000);
      world.match(operation).wait();
    }
    Operation broadcast = untouchable(Op::kBroadcast, 7, Rank(0));
    world.match(broadcast).wait();
    expect(broadcast.sequence == 6, format("number {}, expected 6", broadcast.sequence));
    expect(world.abort_cause().empty(), world.abort_cause());
  });
}

TEST_P(Collectives, MatchedSendsMeetTheirReceives) {
  run([](comm::Communicator& world) {
    const int size = world.size(), rank = world.rank().value();
    if (size == 1) return;
    for (int64_t i = 1; i <= 3; ++i) {
      Operation send = untouchable(Op::kSend, 1000000, Rank((rank + 1) % size));
      Operation recv = untouchable(Op::kRecv, 1000000, Rank((rank + size - 1) % size));
      comm::Work sent = world.match(send);
      world.match(recv).wait();
      sent.wait();
      expect(send.sequence == i && recv.sequence == i, format("numbers {}, {}", send.sequence, recv.sequence));
    }
  });
}

TEST_P(Collectives, MatchedPiecesMoveNothingEither) {
  run([](comm::Communicator& world) {
    Operation operation = untouchable(Op::kAllToAll, 3);
    for (int peer = 0; peer < world.size(); ++peer) {
      operation.in_counts.push_back(world.rank().value() + 10 * peer);
      operation.out_counts.push_back(peer + 10 * world.rank().value());
    }
    comm::match_pieces(world, operation).wait();
    expect(operation.sequence == 1, format("number {}, expected 1", operation.sequence));
    comm::match_pieces(world, operation);  // dropped before it is done
  });
}

TEST(Match, PiecesThatDifferAreNamed) {
  const auto outcomes = run_ranks({"shm", 3, Seconds(20)}, [](comm::Communicator& world) {
    Operation operation = untouchable(Op::kAllToAll, 6);
    operation.in_counts = operation.out_counts = {2, 2, 2};
    if (world.rank() == Rank(2)) operation.out_counts[1] = 3;
    comm::match_pieces(world, operation).wait();
    world.barrier().wait();
  });
  for (const RankOutcome& outcome : outcomes) {
    EXPECT_EQ(outcome.error, "all_to_all #1 of world: rank 1 sends 2 elements to rank 2, which expects 3");
  }
}

TEST(Match, AnotherOperationIsNamedAndIsTheCauseOfTheAbort) {
  const auto outcomes = run_ranks({"shm", 3, Seconds(20)}, [](comm::Communicator& world) {
    Operation operation = untouchable(world.rank() == Rank(2) ? Op::kReduceScatter : Op::kAllGather, 5);
    try {
      world.match(operation).wait();
    } catch (const std::exception& problem) {
      expect(world.abort_cause() == problem.what(), format("cause: {}", world.abort_cause()));
      throw;
    }
  });
  for (const RankOutcome& outcome : outcomes) {
    EXPECT_NE(outcome.error.find("rank 0 called all_gather #1 of world (5 bf16)"), std::string::npos) << outcome.error;
    EXPECT_NE(outcome.error.find("rank 2 called reduce_scatter #1 of world (5 bf16)"), std::string::npos);
  }
}

}  // namespace trireme::testing
