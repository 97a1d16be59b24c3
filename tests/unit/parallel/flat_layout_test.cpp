#include "trireme/parallel/flat_layout.h"

#include <gtest/gtest.h>

#include <map>

namespace trireme::parallel {
namespace {

arch::ParameterSpec spec(const std::string& name, std::vector<int64_t> shape) {
  arch::ParameterSpec made;
  made.name = name;
  made.shape = std::move(shape);
  return made;
}

std::vector<arch::ParameterSpec> odd_specs() { return {spec("a", {3, 5}), spec("b", {7}), spec("c", {64, 2})}; }

TEST(FlatLayout, StartsTensorsAndShardsOnAlignedBorders) {
  const FlatLayout layout(odd_specs(), 64, 3);
  EXPECT_EQ(layout.tensors()[0].offset, 0);
  EXPECT_EQ(layout.tensors()[1].offset, 64);
  EXPECT_EQ(layout.tensors()[2].offset, 128);
  EXPECT_EQ(layout.shard_numel(), 128);  // 256 used, 86 a shard, up to the next border
  EXPECT_EQ(layout.numel(), 384);
}

class FlatLayoutShards : public testing::TestWithParam<int> {};

TEST_P(FlatLayoutShards, HoldEveryElementOnce) {
  const FlatLayout layout(odd_specs(), 16, GetParam());
  std::map<size_t, int64_t> next;  // by tensor: the element that the next run must start with
  for (int shard = 0; shard < layout.num_shards(); ++shard)
    for (const TensorRun& run : layout.runs(shard)) {
      EXPECT_EQ(run.first, next[run.tensor]);
      EXPECT_EQ(shard * layout.shard_numel() + run.offset, layout.tensors()[run.tensor].offset + run.first);
      EXPECT_LE(run.offset + run.count, layout.shard_numel());
      next[run.tensor] += run.count;
    }
  for (size_t i = 0; i < layout.tensors().size(); ++i) EXPECT_EQ(next[i], layout.tensors()[i].spec.numel());
}

INSTANTIATE_TEST_SUITE_P(Counts, FlatLayoutShards, testing::Values(1, 2, 3, 4, 7, 64));

TEST(FlatLayout, LeavesAShardEmptyWhenThereIsNothingLeft) {
  const FlatLayout layout({spec("tiny", {4})}, 64, 3);
  EXPECT_EQ(layout.runs(0).size(), 1u);
  EXPECT_TRUE(layout.runs(1).empty());
  EXPECT_TRUE(layout.runs(2).empty());
}

}  // namespace
}  // namespace trireme::parallel
