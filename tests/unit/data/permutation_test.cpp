#include "trireme/data/permutation.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <vector>

namespace trireme::data {
namespace {

std::vector<int64_t> all_of(const Permutation& permutation) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < permutation.size(); ++i) values.push_back(permutation(i));
  return values;
}

void expect_bijection(int64_t n, uint64_t key) {
  std::vector<int64_t> values = all_of(Permutation(n, key));
  std::sort(values.begin(), values.end());
  for (int64_t i = 0; i < n; ++i) ASSERT_EQ(values[static_cast<size_t>(i)], i) << "n " << n;
}

TEST(PermutationPropertyTest, IsABijectionForEverySize) {
  for (int64_t n = 1; n <= 300; ++n) {
    for (const uint64_t key : {0ull, 1ull, 0xFEDCBA9876543210ull}) expect_bijection(n, key);
  }
  for (const int64_t n : {1023, 1024, 1025, 4097, 65535, 65537, 100003}) expect_bijection(n, 42);
}

TEST(PermutationTest, LargeRangesStayInRange) {
  const int64_t n = (int64_t{1} << 61) + 12345;
  const Permutation permutation(n, 7);
  for (int64_t i = 0; i < 1000; ++i) {
    EXPECT_GE(permutation(i), 0);
    EXPECT_LT(permutation(i), n);
  }
}

TEST(PermutationTest, KeysGiveUnrelatedOrders) {
  const int64_t n = 10000;
  const auto a = all_of(Permutation(n, 1)), b = all_of(Permutation(n, 2));
  int64_t equal = 0;
  double correlation = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    equal += a[i] == b[i];
    correlation += (static_cast<double>(a[i]) - n / 2.0) * (static_cast<double>(i) - n / 2.0);
  }
  EXPECT_LT(equal, 10);  // one expected
  EXPECT_LT(std::abs(correlation) / (n * static_cast<double>(n) * n / 12), 0.05);
}

TEST(PermutationTest, ValuesNeverChange) {
  // Checkpoints rely on them.
  EXPECT_EQ(all_of(Permutation(10, 1)), (std::vector<int64_t>{2, 0, 7, 5, 1, 6, 3, 8, 4, 9}));
}

}  // namespace
}  // namespace trireme::data
