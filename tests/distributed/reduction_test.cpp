#include <cmath>

#include "suite.h"

namespace trireme::testing {

namespace {

using comm::ReduceOp;

/// Rank r holds r + 1 + i mod 5: sums stay exact in bf16.
double value_of(int rank, int64_t i) { return rank + 1 + static_cast<double>(i % 5); }

double reduced(ReduceOp op, int size, int64_t i) {
  const double sum = size * (size + 1) / 2.0 + size * static_cast<double>(i % 5);
  switch (op) {
    case ReduceOp::kSum: return sum;
    case ReduceOp::kAvg: return sum / size;
    case ReduceOp::kMax: return value_of(size - 1, i);
    case ReduceOp::kMin: return value_of(0, i);
  }
  return 0;
}

constexpr ReduceOp kOps[] = {ReduceOp::kSum, ReduceOp::kAvg, ReduceOp::kMax, ReduceOp::kMin};

void check_all_reduce(comm::Communicator& world, Values values, ReduceOp op, DType dtype) {
  values.fill([&](int64_t i) { return value_of(world.rank().value(), i); });
  world.all_reduce(values.buffer(), op).wait();
  values.expect_equal([&](int64_t i) { return rounded(dtype, reduced(op, world.size(), i)); }, "all_reduce");
}

void check_reduce_scatter(comm::Communicator& world, Values in, Values out, ReduceOp op, DType dtype) {
  in.fill([&](int64_t i) { return value_of(world.rank().value(), i); });
  world.reduce_scatter(in.buffer(), out.buffer(), op).wait();
  const int64_t first = world.rank().value() * out.count();
  out.expect_equal([&](int64_t i) { return rounded(dtype, reduced(op, world.size(), first + i)); }, "reduce_scatter");
}

}  // namespace

TEST_P(Collectives, AllReduceCombinesEveryRank) {
  run([](comm::Communicator& world) {
    for (const DType dtype : kReducible) {
      for (const int64_t count : kCounts) {
        for (const ReduceOp op : kOps) {
          check_all_reduce(world, Values(dtype, count), op, dtype);
          check_all_reduce(world, Values(world, dtype, count), op, dtype);
        }
      }
    }
  });
}

TEST_P(Collectives, ReduceScatterLeavesEachRankItsSlice) {
  run([](comm::Communicator& world) {
    for (const DType dtype : kReducible) {
      for (const int64_t count : kCounts) {
        for (const ReduceOp op : kOps) {
          const int64_t whole = count * world.size();
          check_reduce_scatter(world, Values(dtype, whole), Values(dtype, count), op, dtype);
          check_reduce_scatter(world, Values(world, dtype, whole), Values(dtype, count), op, dtype);
        }
      }
    }
  });
}

TEST_P(Collectives, LongReductionsGoThroughInChunks) {
  run([](comm::Communicator& world) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      check_all_reduce(world, Values(dtype, kLongCount), ReduceOp::kSum, dtype);
      check_reduce_scatter(world, Values(dtype, kLongCount * world.size()), Values(dtype, kLongCount), ReduceOp::kSum,
                           dtype);
    }
  });
}

TEST_P(Collectives, ReduceScatterMayWriteIntoItsOwnSlice) {
  run([](comm::Communicator& world) {
    for (const int64_t count : kCounts) {
      Values in(world, DType::kF32, count * world.size());
      in.fill([&](int64_t i) { return value_of(world.rank().value(), i); });
      const comm::Buffer slice = in.buffer().slice(world.rank().value() * count, count);
      world.reduce_scatter(in.buffer(), slice, ReduceOp::kSum).wait();
      for (int64_t i = 0; i < count; ++i) {
        const int64_t at = world.rank().value() * count + i;
        expect(in.get(at) == reduced(ReduceOp::kSum, world.size(), at), format("element {}", at));
      }
    }
  });
}

TEST_P(Collectives, MemoryOfOneRankMayBeSharedAndOfAnotherNot) {
  run([](comm::Communicator& world) {
    const bool shared = world.rank().value() % 2 == 0;
    check_all_reduce(world, shared ? Values(world, DType::kF32, kLongCount) : Values(DType::kF32, kLongCount),
                     ReduceOp::kSum, DType::kF32);
  });
}

TEST_P(Collectives, SmallTypesAreSummedInFp32AndRoundedOnce) {
  run([](comm::Communicator& world) {
    // 256 + 1 rounds back to 256 in bf16 at each step; summed in fp32 the ones count.
    Values values(DType::kBF16, 1);
    values.set(0, world.rank().value() == 0 ? 256 : 1);
    world.all_reduce(values.buffer(), ReduceOp::kSum).wait();
    expect(values.get(0) == rounded(DType::kBF16, 256 + world.size() - 1), format("sum is {}", values.get(0)));
  });
}

TEST_P(Collectives, NanOfOneRankReachesAll) {
  run([](comm::Communicator& world) {
    for (const ReduceOp op : kOps) {
      const bool extreme = op == ReduceOp::kMax || op == ReduceOp::kMin;
      if (extreme && world.backend() == "nccl") continue;  // NCCL may take the number
      Values values(DType::kF32, 3);
      values.fill([&](int64_t i) { return i == 1 && world.rank().value() == world.size() - 1 ? NAN : 1.0; });
      world.all_reduce(values.buffer(), op).wait();
      expect(std::isnan(values.get(1)) && !std::isnan(values.get(0)), "NaN got lost");
    }
  });
}

}  // namespace trireme::testing
