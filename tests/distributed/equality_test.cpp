#include "suite.h"
#include "trireme/core/hash.h"
#include "trireme/core/philox.h"

// Sums of numbers that round: every back-end adds in rank order, so the bits are the same everywhere.
namespace trireme::testing {

namespace {

using comm::ReduceOp;

constexpr int64_t kCount = 100003;

double random_value(int rank, int64_t i) {
  const auto words = philox4x32(static_cast<uint64_t>(rank), static_cast<uint64_t>(i));
  return (static_cast<double>(words[0]) / 4294967296.0 - 0.5) * (words[1] % 2 ? 1.0 : 1e-3);
}

/// The rank-order sum with the rounding that a reduction promises.
std::vector<std::byte> expected(DType dtype, int size, bool average) {
  Values out(dtype, kCount);
  for (int64_t i = 0; i < kCount; ++i) {
    float sum32 = 0;
    double sum64 = 0;
    for (int rank = 0; rank < size; ++rank) {
      const double value = rounded(dtype, random_value(rank, i));
      sum32 = rank == 0 ? static_cast<float>(value) : sum32 + static_cast<float>(value);
      sum64 = rank == 0 ? value : sum64 + value;
    }
    const double sum = dtype == DType::kF64 ? sum64 / (average ? size : 1)
                                            : static_cast<double>(sum32 / static_cast<float>(average ? size : 1));
    out.set(i, sum);
  }
  return {out.data(), out.data() + kCount * size_of(dtype)};
}

}  // namespace

TEST_P(Collectives, SumsHaveTheBitsOfRankOrder) {
  const std::string& backend = GetParam().backend;
  if (backend == "nccl" || backend.find("hierarchical") != std::string::npos) return;  // have an order of their own
  run([](comm::Communicator& world) {
    for (const DType dtype : {DType::kF32, DType::kF64, DType::kBF16, DType::kF16}) {
      for (const bool average : {false, true}) {
        Values x(dtype, kCount);
        x.fill([&](int64_t i) { return random_value(world.rank().value(), i); });
        world.all_reduce(x.buffer(), average ? ReduceOp::kAvg : ReduceOp::kSum).wait();
        const auto want = expected(dtype, world.size(), average);
        expect(std::memcmp(x.data(), want.data(), want.size()) == 0, format("other bits in {}", name_of(dtype)));
      }
    }
  });
}

TEST_P(Collectives, RepeatedSumsAndReduceScatterHaveTheSameBits) {
  run([](comm::Communicator& world) {
    const int64_t share = 5001, count = share * world.size();
    Values a(DType::kF32, count), b(DType::kF32, count), in(DType::kF32, count), out(DType::kF32, share);
    for (Values* values : {&a, &b, &in}) values->fill([&](int64_t i) { return random_value(world.rank().value(), i); });
    world.all_reduce(a.buffer(), ReduceOp::kSum).wait();
    world.all_reduce(b.buffer(), ReduceOp::kSum).wait();
    world.reduce_scatter(in.buffer(), out.buffer(), ReduceOp::kSum).wait();
    const auto bytes = static_cast<size_t>(share) * sizeof(float);
    expect(std::memcmp(a.data(), b.data(), bytes * static_cast<size_t>(world.size())) == 0, "two runs differ");
    expect(std::memcmp(a.data() + world.rank().value() * share * 4, out.data(), bytes) == 0, "reduce_scatter differs");
  });
}

}  // namespace trireme::testing
