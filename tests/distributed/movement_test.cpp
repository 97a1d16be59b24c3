#include <numeric>

#include "suite.h"

namespace trireme::testing {

namespace {

/// Differs for every rank and element, and is exact in every type.
double value_of(int rank, int64_t i) { return rank * 32 + static_cast<double>(i % 31); }

void check_all_gather(comm::Communicator& world, Values in, Values out) {
  in.fill([&](int64_t i) { return value_of(world.rank().value(), i); });
  world.all_gather(in.buffer(), out.buffer()).wait();
  out.expect_equal([&](int64_t i) { return value_of(static_cast<int>(i / in.count()), i % in.count()); }, "all_gather");
}

/// Rank r sends r + p + 1 + extra elements to rank p.
std::vector<int64_t> counts_of(int rank, int size, int64_t extra) {
  std::vector<int64_t> counts;
  for (int peer = 0; peer < size; ++peer) counts.push_back(rank + peer == 1 ? 0 : rank + peer + 1 + extra);
  return counts;
}

int64_t total(const std::vector<int64_t>& counts) { return std::accumulate(counts.begin(), counts.end(), int64_t{0}); }

void check_unequal_all_to_all(comm::Communicator& world, int64_t extra) {
  const int rank = world.rank().value(), size = world.size();
  const auto counts = counts_of(rank, size, extra);  // the matrix is symmetric: what comes in is what goes out
  Values in(DType::kF32, total(counts)), out(DType::kF32, total(counts));
  int64_t at = 0;
  for (int peer = 0; peer < size; ++peer) {
    for (int64_t i = 0; i < counts[static_cast<size_t>(peer)]; ++i) in.set(at++, value_of(rank, i) + peer * 1000);
  }
  world.all_to_all(in.buffer(), counts, out.buffer(), counts).wait();
  at = 0;
  for (int peer = 0; peer < size; ++peer) {
    for (int64_t i = 0; i < counts[static_cast<size_t>(peer)]; ++i, ++at) {
      const double want = value_of(peer, i) + rank * 1000;
      if (out.get(at) != want)
        expect(false, format("from rank {} element {}: {}, expected {}", peer, i, out.get(at), want));
    }
  }
}

}  // namespace

TEST_P(Collectives, AllGatherLaysRanksOneAfterTheOther) {
  run([](comm::Communicator& world) {
    for (const DType dtype : kReducible) {
      for (const int64_t count : kCounts) {
        check_all_gather(world, Values(dtype, count), Values(dtype, count * world.size()));
        check_all_gather(world, Values(world, dtype, count), Values(dtype, count * world.size()));
      }
    }
    check_all_gather(world, Values(DType::kI64, kLongCount), Values(DType::kI64, kLongCount * world.size()));
  });
}

TEST_P(Collectives, AllGatherMayReadItsOwnSlice) {
  run([](comm::Communicator& world) {
    for (const int64_t count : {int64_t{1000}, kLongCount}) {
      Values out(world, DType::kF32, count * world.size());
      const int64_t first = world.rank().value() * count;
      for (int64_t i = 0; i < count; ++i) out.set(first + i, value_of(world.rank().value(), i));
      world.all_gather(out.buffer().slice(first, count), out.buffer()).wait();
      out.expect_equal([&](int64_t i) { return value_of(static_cast<int>(i / count), i % count); },
                       "all_gather in place");
    }
  });
}

/// Ranks know after two operations whether they can read one another's memory; before, data is staged.
TEST_P(Collectives, MemoryOfTheCallersOwnMovesAlikeFromTheFirstOperationOn) {
  run([](comm::Communicator& world) {
    const int rank = world.rank().value(), size = world.size();
    for (int turn = 0; turn < 4; ++turn) {
      for (const int64_t count : {int64_t{1000}, kLongCount}) {
        check_all_gather(world, Values(DType::kF32, count), Values(DType::kF32, count * size));
        Values sum(DType::kF32, count), pieces(DType::kF32, count * size), piece(DType::kF32, count);
        const auto fill = [&](Values& values) { values.fill([&](int64_t i) { return value_of(rank, i); }); };
        const auto summed = [&](int64_t i) { return size * (size - 1) / 2 * 32 + size * static_cast<double>(i % 31); };
        fill(sum);
        world.all_reduce(sum.buffer(), comm::ReduceOp::kSum).wait();
        sum.expect_equal(summed, "all_reduce");
        fill(pieces);
        world.reduce_scatter(pieces.buffer(), piece.buffer(), comm::ReduceOp::kSum).wait();
        piece.expect_equal([&](int64_t i) { return summed(rank * count + i); }, "reduce_scatter");
      }
    }
  });
}

TEST_P(Collectives, BroadcastCopiesTheRoot) {
  run([](comm::Communicator& world) {
    for (int root = 0; root < world.size(); ++root) {
      for (const int64_t count : {int64_t{0}, int64_t{7}, kLongCount}) {
        Values values(DType::kF32, count);
        values.fill([&](int64_t i) { return value_of(world.rank().value(), i); });
        world.broadcast(values.buffer(), Rank(root)).wait();
        values.expect_equal([&](int64_t i) { return value_of(root, i); }, format("broadcast from {}", root));
      }
    }
  });
}

TEST_P(Collectives, AllToAllTransposesEqualPieces) {
  run([](comm::Communicator& world) {
    for (const int64_t piece : {int64_t{0}, int64_t{1}, int64_t{1000}, kLongCount}) {
      Values in(DType::kF32, piece * world.size()), out(DType::kF32, piece * world.size());
      in.fill([&](int64_t i) { return value_of(world.rank().value(), i); });
      world.all_to_all(in.buffer(), out.buffer()).wait();
      const int64_t mine = world.rank().value() * piece;
      out.expect_equal([&](int64_t i) { return value_of(static_cast<int>(i / piece), mine + i % piece); },
                       "all_to_all");
    }
  });
}

TEST_P(Collectives, AllToAllMovesUnequalPieces) {
  run([](comm::Communicator& world) {
    check_unequal_all_to_all(world, 0);
    check_unequal_all_to_all(world, kLongCount);
  });
}

TEST_P(Collectives, RingOfSendsAndReceivesDoesNotLock) {
  run([](comm::Communicator& world) {
    const int size = world.size(), rank = world.rank().value();
    if (size == 1) return;
    for (const int64_t count : {int64_t{0}, int64_t{7}, kLongCount}) {
      Values out(DType::kBF16, count), in(DType::kBF16, count);
      out.fill([&](int64_t i) { return value_of(rank, i); });
      // Everybody sends first: no rank may wait for its own send to be received.
      comm::Work sent = world.send(out.buffer(), Rank((rank + 1) % size));
      world.recv(in.buffer(), Rank((rank + size - 1) % size)).wait();
      sent.wait();
      in.expect_equal([&](int64_t i) { return value_of((rank + size - 1) % size, i); }, "recv");
    }
  });
}

}  // namespace trireme::testing
