#include "trireme/plan/step_walk.h"

#include <gtest/gtest.h>

namespace trireme::plan {
namespace {

constexpr int64_t kSize = 100;  // elements of a unit, 4 bytes each

std::vector<Unit> units(size_t count) {
  std::vector<Unit> result;
  for (size_t i = 0; i < count; ++i) {
    result.push_back({.name = "unit", .numel = kSize, .shard_numel = kSize / 2, .num_shards = 2, .layers = {i}});
  }
  return result;
}

std::vector<LayerCost> layers(size_t count) {
  std::vector<LayerCost> result;
  for (size_t i = 0; i < count; ++i) result.push_back({.name = "layer" + std::to_string(i), .units = {i}});
  return result;
}

const WalkOptions kFsdp{.shards_parameters = true, .shards_gradients = true, .dtypes = {}};

TEST(StepWalk, NothingIsGatheredWithoutSharding) {
  const StepWalk walk = walk_step(units(4), layers(4), {});
  EXPECT_EQ(walk.peak.gathered, 0);
  EXPECT_EQ(walk.peak.gradient_buffers, 0);
  EXPECT_EQ(walk.unit_gathers, (std::vector<int64_t>{0, 0, 0, 0}));
}

TEST(StepWalk, TwoBuffersTakeTurns) {
  const StepWalk walk = walk_step(units(6), layers(6), kFsdp);
  EXPECT_EQ(walk.peak.gathered, 2 * kSize * 4);
  EXPECT_EQ(walk.peak.gradient_buffers, 2 * kSize * 4);
}

TEST(StepWalk, NarrowCopiesOfPersistentGradientsTakeTurns) {
  const WalkOptions narrows{.narrows_gradients = true, .dtypes = {.reduce = DType::kBF16}};
  EXPECT_EQ(walk_step(units(6), layers(6), narrows).peak.gradient_buffers, 2 * kSize * 2);
}

TEST(StepWalk, EveryLayerButTheLastIsGatheredTwice) {
  EXPECT_EQ(walk_step(units(3), layers(3), kFsdp).unit_gathers, (std::vector<int64_t>{2, 2, 1}));
  WalkOptions keep = kFsdp;
  keep.reshard_after_forward = false;
  const StepWalk kept = walk_step(units(3), layers(3), keep);
  EXPECT_EQ(kept.unit_gathers, (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(kept.peak.gathered, 3 * kSize * 4);
}

TEST(StepWalk, ATiedUnitIsGatheredForBothLayersAndReducedOnce) {
  auto shared = units(3);
  shared[0].layers = {0, 2};
  auto tied = layers(3);
  tied[2].units = {2, 0};
  const StepWalk walk = walk_step(shared, tied, kFsdp);
  EXPECT_EQ(walk.unit_gathers, (std::vector<int64_t>{3, 2, 1}));
}

TEST(StepWalk, PeakIsTheWorstMoment) {
  auto costs = layers(3);
  for (auto& cost : costs) cost.saved = 10;
  costs[1].backward_workspace = 500;
  costs[2].forward_workspace = 490;
  const StepWalk walk = walk_step(units(3), costs, {});
  EXPECT_EQ(walk.moment, "layer1 backward");  // 20 saved + 500, against 20 + 490
  EXPECT_EQ(walk.peak.total(), 520);
  costs[2].forward_workspace = 501;
  EXPECT_EQ(walk_step(units(3), costs, {}).moment, "layer2 forward");
}

}  // namespace
}  // namespace trireme::plan
