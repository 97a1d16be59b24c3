#include "trireme/data/synthetic.h"

#include <gtest/gtest.h>
#include <numeric>

namespace trireme::data {
namespace {

using Ids = std::vector<TokenId>;

// Expected values: the Python peer's synthetic_tokens (benchmarks/peers), numpy.
TEST(SyntheticTest, EqualsThePeer) {
  EXPECT_EQ(synthetic_tokens({.step = 0, .rank = 0, .micro = 0, .seed = 1}, 20, 256),
            (Ids{208, 137, 137, 239, 247, 23, 23, 23, 23, 16, 16, 16, 56, 56, 56, 56, 142, 183, 85, 221}));
  EXPECT_EQ(synthetic_tokens({.step = 7, .rank = 1, .micro = 3, .seed = 1}, 12, 32000),
            (Ids{22520, 22520, 17688, 27924, 7686, 15932, 30616, 30616, 23916, 23916, 26647, 24224}));
  EXPECT_EQ(synthetic_tokens({.step = 1'000'000, .rank = 3, .micro = 1, .seed = 9}, 12, 4096),
            (Ids{2756, 2756, 45, 705, 2762, 199, 3822, 3822, 3822, 3822, 3822, 144}));
  const Ids many = synthetic_tokens({.step = 3, .rank = 1, .seed = 1}, 16 * 257, 32000);
  EXPECT_EQ(std::accumulate(many.begin(), many.end(), int64_t{0}), 64369441);
  EXPECT_EQ(many.back(), 27697);
}

TEST(SyntheticTest, SamplesHaveNoLayout) {
  const auto source = open_synthetic(16, 100, 3);
  EXPECT_EQ(source->sample(4).tokens, synthetic_tokens({.step = 4, .seed = 3}, 17, 100));
  EXPECT_NE(source->sample(4).tokens, source->sample(5).tokens);
}

}  // namespace
}  // namespace trireme::data
