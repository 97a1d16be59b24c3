#include <gtest/gtest.h>

#include "distributed_training/tiny_training.h"

namespace trireme::testing {
namespace {

/// Bytes of rank 0 that stay from step to step.
struct Held {
  int64_t parameters = 0, gradients = 0, optimizer = 0;
};

Held held(int ranks, const Mode& mode) {
  TinyRun run;
  run.recipe.model.config.hidden_size = 128;
  run.recipe.model.config.head_dim = 64;
  run.recipe.model.config.intermediate_size = 352;
  run.recipe.model.config.vocab_size = 1000;
  Held held;
  train_on_ranks(ranks, mode, [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), mode);
    if (mesh.world().rank() != Rank(0)) return;
    const parallel::StateBytes state = trainer->model().state_bytes();
    held = {state.parameters, state.gradients, trainer->optimizer().state_bytes()};
  });
  return held;
}

void expect_part(int64_t part, int64_t whole, int ranks) {
  const double expected = static_cast<double>(whole) / ranks;
  EXPECT_NEAR(static_cast<double>(part), expected, 0.05 * expected) << ranks << " ranks";
}

TEST(StateMemory, FallsAsOneOverRanksForWhatALevelShards) {
  const Held whole = held(1, kDdp);
  EXPECT_EQ(whole.optimizer, 2 * whole.parameters);
  EXPECT_EQ(whole.gradients, whole.parameters);
  for (const int ranks : {2, 3, 4}) {
    const Held one = held(ranks, kZero1), two = held(ranks, kZero2), three = held(ranks, kZero3);
    for (const Held& level : {one, two, three}) expect_part(level.optimizer, whole.optimizer, ranks);
    for (const Held& level : {two, three}) expect_part(level.gradients, whole.gradients, ranks);
    expect_part(three.parameters, whole.parameters, ranks);
    expect_part(one.gradients, whole.gradients, 1);
    expect_part(two.parameters, whole.parameters, 1);
  }
}

TEST(StateMemory, FallsWithTheShardGroupAloneInHsdp) {
  const Held whole = held(1, kDdp);
  const Held hsdp = held(4, kHsdp3);  // two replicas of two shards
  expect_part(hsdp.parameters, whole.parameters, 2);
  expect_part(hsdp.optimizer, whole.optimizer, 2);
}

}  // namespace
}  // namespace trireme::testing
