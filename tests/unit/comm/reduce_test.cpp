#include "trireme/comm/reduce.h"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace trireme::comm {

namespace {

template <class T>
T reduce_two(T a, T b, DType dtype, ReduceOp op) {
  T out{};
  const void* sources[] = {&a, &b};
  void* destination = &out;
  reduce(sources, {&destination, 1}, 1, dtype, op);
  return out;
}

}  // namespace

TEST(Reduce, KeepsInt64Exact) {
  const int64_t big = (int64_t{1} << 62) - 3;
  EXPECT_EQ(reduce_two<int64_t>(big, 2, DType::kI64, ReduceOp::kSum), big + 2);
  EXPECT_EQ(reduce_two<int64_t>(-3, -4, DType::kI64, ReduceOp::kAvg), -3);  // cut towards zero
}

TEST(Reduce, NanWinsFromEitherSide) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const ReduceOp op : {ReduceOp::kSum, ReduceOp::kAvg, ReduceOp::kMax, ReduceOp::kMin}) {
    EXPECT_TRUE(std::isnan(reduce_two(nan, 1.0f, DType::kF32, op)));
    EXPECT_TRUE(std::isnan(reduce_two(1.0f, nan, DType::kF32, op)));
  }
}

TEST(Reduce, BitsDontDependOnHowTheCallerSplits) {
  constexpr int64_t n = 5003;
  std::vector<float> a(n), b(n), whole(n), parts(n);
  for (int64_t i = 0; i < n; ++i) {
    a[static_cast<size_t>(i)] = std::sin(static_cast<float>(i));
    b[static_cast<size_t>(i)] = std::cos(static_cast<float>(i)) * 1e-3f;
  }
  const auto run = [&](std::vector<float>& out, int64_t first, int64_t count) {
    const void* sources[] = {a.data() + first, b.data() + first};
    void* destination = out.data() + first;
    reduce(sources, {&destination, 1}, count, DType::kF32, ReduceOp::kAvg);
  };
  run(whole, 0, n);
  for (int64_t first = 0; first < n; first += 77) run(parts, first, std::min<int64_t>(77, n - first));
  EXPECT_EQ(whole, parts);
}

TEST(Reduce, ConvertsAndDividesAsAReductionRounds) {
  std::vector<float> wide = {1.0f, 2.0f, 256.5f};
  std::vector<uint16_t> narrow(3);
  std::vector<float> back(3);
  convert({wide.data(), 3, DType::kF32, {}}, {narrow.data(), 3, DType::kBF16, {}});
  convert({narrow.data(), 3, DType::kBF16, {}}, {back.data(), 3, DType::kF32, {}});
  EXPECT_EQ(back, (std::vector<float>{1.0f, 2.0f, 256.0f}));
  divide({wide.data(), 3, DType::kF32, {}}, 3);
  EXPECT_EQ(wide[0], 1.0f / 3.0f);
}

}  // namespace trireme::comm
