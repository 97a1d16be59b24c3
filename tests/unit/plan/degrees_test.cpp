#include "trireme/plan/degrees.h"

#include <gtest/gtest.h>

#include <set>

namespace trireme::plan {
namespace {

recipe::Parallel parallel(int64_t dp_replicate, int64_t dp_shard) {
  recipe::Parallel result;
  result.dp_replicate = dp_replicate;
  result.dp_shard = dp_shard;
  return result;
}

std::string problem(const recipe::Parallel& parallel, int64_t world) {
  Diagnostics found;
  resolve_degrees(parallel, world, found);
  EXPECT_EQ(found.items().size(), 1u) << found.to_string();
  return found.to_string();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Degrees, ShardTakesWhatIsLeft) {
  Diagnostics found;
  const Degrees degrees = resolve_degrees(parallel(4, -1), 24, found);
  EXPECT_TRUE(found.empty()) << found.to_string();
  EXPECT_EQ(degrees.dp_shard, 6);
  EXPECT_EQ(degrees.world(), 24);
  EXPECT_EQ(degrees.batch(), 24);
}

TEST(Degrees, ProductMustBeTheWorld) {
  const std::string text = problem(parallel(2, 3), 8);
  EXPECT_TRUE(contains(text,
                       "parallel.dp_shard: pp 1 x dp_replicate 2 x cp 1 x tp 1 x dp_shard 3 = 6 ranks, but the "
                       "world has 8"))
      << text;
  EXPECT_TRUE(contains(text, "the only valid value is 4, or -1 for what is left")) << text;
}

TEST(Degrees, OtherAxesMustDivideTheWorld) {
  const std::string text = problem(parallel(3, -1), 8);
  EXPECT_TRUE(contains(text, "= 3 does not divide the world of 8 ranks")) << text;
  EXPECT_TRUE(contains(text, "nearest valid values of dp_replicate: 2 and 4")) << text;
}

TEST(Degrees, ReplicasBeyondTheWorld) {
  const std::string text = problem(parallel(64, -1), 6);
  EXPECT_TRUE(contains(text, "nearest valid values of dp_replicate: 6")) << text;
}

TEST(Degrees, ZeroAndNegativeAreRefused) {
  EXPECT_TRUE(contains(problem(parallel(0, -1), 8), "parallel.dp_replicate: must be at least 1, got 0"));
  EXPECT_TRUE(contains(problem(parallel(1, -2), 8), "parallel.dp_shard: must be at least 1, got -2"));
  EXPECT_TRUE(contains(problem(parallel(1, -1), 0), "the world must have at least 1 rank, got 0"));
}

TEST(Degrees, ExpertsAreCarvedFromTheInnerAxes) {
  recipe::Parallel with_experts = parallel(1, -1);
  with_experts.ep = 5;
  const std::string text = problem(with_experts, 8);
  EXPECT_TRUE(contains(text, "parallel.ep: must divide dp_shard x cp x tp = 8, got 5")) << text;
  EXPECT_TRUE(contains(text, "nearest valid values: 4 and 8")) << text;
}

TEST(Degrees, DdpShardsNothing) {
  const Degrees degrees{.dp_replicate = 2, .dp_shard = 4};
  EXPECT_EQ(data_parallel(degrees, 0).shard, 1);
  EXPECT_EQ(data_parallel(degrees, 0).replicate, 8);
  EXPECT_EQ(data_parallel(degrees, 3).shard, 4);
  EXPECT_EQ(data_parallel(degrees, 3).replicate, 2);
}

TEST(Axes, InnermostRanksAreNeighbours) {
  const Degrees degrees{.pp = 2, .dp_replicate = 1, .dp_shard = 3, .cp = 1, .tp = 4};
  const auto axes = mesh_axes(degrees);
  EXPECT_EQ(group_ranks(axes[4], 1), (std::vector<int64_t>{4, 5, 6, 7}));
  EXPECT_EQ(group_ranks(axes[2], 1), (std::vector<int64_t>{1, 5, 9}));
  EXPECT_EQ(group_ranks(axes[2], 4), (std::vector<int64_t>{12, 16, 20}));
  EXPECT_EQ(group_ranks(axes[0], 11), (std::vector<int64_t>{11, 23}));
}

/// The groups of every axis split the world: each rank lies in exactly one.
TEST(Axes, GroupsPartitionTheWorld) {
  const Degrees degrees{.pp = 2, .dp_replicate = 3, .dp_shard = 2, .cp = 2, .tp = 2};
  for (const Axis& axis : mesh_axes(degrees)) {
    std::set<int64_t> seen;
    for (int64_t group = 0; group < degrees.world() / axis.degree; ++group) {
      for (const int64_t rank : group_ranks(axis, group)) EXPECT_TRUE(seen.insert(rank).second) << axis.name;
    }
    EXPECT_EQ(static_cast<int64_t>(seen.size()), degrees.world()) << axis.name;
    EXPECT_EQ(*seen.rbegin(), degrees.world() - 1) << axis.name;
  }
}

}  // namespace
}  // namespace trireme::plan
