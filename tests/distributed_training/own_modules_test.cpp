#include "distributed_training/own_modules.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "distributed_training/expect_traces.h"
#include "support/expect_error.h"
#include "trireme/core/error.h"

namespace trireme::testing {
namespace {

using at::Tensor;

const Trace& reference() {
  static const std::unique_ptr<Trace> trace = train_own(own_run(), 1, kDdp);
  return *trace;
}

class OwnModules : public ::testing::TestWithParam<Layout> {};

TEST_P(OwnModules, FollowOneRank) {
  const auto [ranks, mode] = GetParam();
  const auto trace = train_own(own_run(), ranks, mode);
  expect_equal(trace->initial_parameters, reference().initial_parameters);
  expect_losses_near(trace->losses, reference().losses, 1e-5);
  expect_near(trace->first_gradients, reference().first_gradients, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Layouts, OwnModules,
                         ::testing::Values(Layout{1, kZero3}, Layout{2, kDdp}, Layout{3, kZero1}, Layout{3, kZero2},
                                           Layout{3, kZero3}, Layout{4, kHsdp1}, Layout{4, kHsdp2}, Layout{4, kHsdp3}),
                         name_of);

TEST(OwnModules, GradientsAreThoseOfPlainAutograd) {
  TinyRun run = own_run();
  run.steps = 1;
  run.recipe.precision.compute = "fp64";
  run.recipe.optimizer.max_norm = 0;  // clipping divides the gradients in place
  const auto trace = train_own(run, 3, kZero3);

  const auto modules = own_classifier(/*seed=*/1);
  std::map<std::string, Tensor> parameters;
  for (const auto& named : modules) {
    named.module->to(torch::kDouble);
    for (const auto& item : named.module->named_parameters())
      parameters.emplace(named.name + "." + item.key(), item.value());
  }
  const program::Program program = own_program(1);
  program::ExampleBatches batches(program.train, {.layout = {.global_batch_size = 12, .micro_batch_size = 12},
                                                  .shuffled = true,
                                                  .seed = run.recipe.train.seed,
                                                  .compute = at::kDouble});
  const auto batch = batches.take(0).at(0);
  Tensor x = batch.inputs;
  for (const auto& named : modules) x = named.forward(x, batch);
  const Tensor mean = program.loss(x, batch) / batch.targets.ne(layer::kIgnoredTarget).sum();
  mean.backward();
  EXPECT_NEAR(trace->losses[0], mean.item<double>(), 1e-12);

  const auto& gradients = trace->first_gradients.tensors();
  EXPECT_EQ(gradients.count("shared.weight"), 0u) << "tied: one parameter under the first name";
  for (const auto& [name, gradient] : gradients) {
    EXPECT_TRUE(at::allclose(gradient, parameters.at(name).grad(), 1e-9, 1e-12)) << name;
  }
}

TEST(OwnModules, ReshardingRecomputingAndAccumulatingChangeNothing) {
  TinyRun run = own_run();
  run.steps = 5;
  const auto expected = train_own(run, 3, kZero3);
  run.reshard_after_forward = false;
  EXPECT_EQ(train_own(run, 3, kZero3)->losses, expected->losses);
  run.reshard_after_forward = true;
  run.recipe.train.recompute = "full";
  EXPECT_EQ(train_own(run, 3, kZero3)->losses, expected->losses);
  run.recipe.train.micro_batch_size = 4;
  expect_losses_near(train_own(run, 3, kZero3)->losses, expected->losses, 1e-5);
}

TEST(OwnModules, Bf16ComputesOnCopiesOfFp32Masters) {
  TinyRun run = own_run();
  run.steps = 5;
  run.recipe.precision.compute = "bf16";
  const auto trace = train_own(run, 3, kZero3);
  expect_equal(trace->initial_parameters, reference().initial_parameters);
  EXPECT_NEAR(trace->losses[0], reference().losses[0], 1e-2 * reference().losses[0]);
  EXPECT_NE(trace->losses[0], reference().losses[0]);
}

}  // namespace
}  // namespace trireme::testing
