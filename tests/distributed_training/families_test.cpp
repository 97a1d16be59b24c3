#include <gtest/gtest.h>

#include "distributed_training/expect_traces.h"
#include "distributed_training/family_runs.h"

// Every family, sharded over three ranks, against one.
namespace trireme::testing {
namespace {

class Families : public ::testing::TestWithParam<const arch::Family*> {};

TEST_P(Families, ThreeRanksFollowOne) {
  TinyRun run = run_of(*GetParam());
  const auto one = train(run, 1, kDdp);
  EXPECT_LT(one->losses.back(), one->losses.front());
  for (const char* recompute : {"none", "selective", "full"}) {
    run.recipe.train.recompute = recompute;
    const auto trace = train(run, 3, kZero3);
    expect_equal(trace->initial_parameters, one->initial_parameters);
    expect_losses_near(trace->losses, one->losses, 2e-6);
    expect_near(trace->first_gradients, one->first_gradients, 1e-5);
  }
}

TEST_P(Families, Bf16StartsAsFp32Does) {
  TinyRun run = run_of(*GetParam());
  run.steps = 2;
  const auto fp32 = train(run, 1, kDdp);
  run.recipe.precision.compute = "bf16";
  EXPECT_NEAR(train(run, 2, kZero3)->losses[0], fp32->losses[0], 4e-3 * fp32->losses[0]);
}

INSTANTIATE_TEST_SUITE_P(All, Families, ::testing::ValuesIn(arch::families().begin(), arch::families().end()),
                         [](const auto& info) { return test_name(*info.param); });

}  // namespace
}  // namespace trireme::testing
