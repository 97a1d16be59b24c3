#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distributed_training/expect_traces.h"
#include "trireme/core/format.h"

namespace trireme::testing {
namespace {

/// One rank, no parallelism: what every layout must reproduce.
const Trace& reference() {
  static const std::unique_ptr<Trace> trace = train(TinyRun(), 1, kDdp);
  return *trace;
}

class Modes : public ::testing::TestWithParam<Layout> {};

TEST_P(Modes, FollowOneRank) {
  const auto [ranks, mode] = GetParam();
  const auto trace = train(TinyRun(), ranks, mode);
  expect_equal(trace->initial_parameters, reference().initial_parameters);
  expect_losses_near(trace->losses, reference().losses, 2e-6);
  expect_near(trace->first_gradients, reference().first_gradients, 1e-5);
  for (size_t i = 0; i < trace->losses.size(); ++i)
    EXPECT_NEAR(trace->grad_norms[i], reference().grad_norms[i], 1e-4 * reference().grad_norms[i]);
}

TEST_P(Modes, RepeatBitForBit) {
  const auto [ranks, mode] = GetParam();
  TinyRun run;
  run.steps = 4;
  const auto one = train(run, ranks, mode);
  const auto other = train(run, ranks, mode);
  EXPECT_EQ(one->losses, other->losses);
  expect_equal(one->final_parameters, other->final_parameters);
}

INSTANTIATE_TEST_SUITE_P(Layouts, Modes,
                         ::testing::Values(Layout{1, kZero1}, Layout{1, kZero2}, Layout{1, kZero3}, Layout{2, kDdp},
                                           Layout{2, kZero1}, Layout{2, kZero2}, Layout{2, kZero3}, Layout{3, kDdp},
                                           Layout{3, kZero1}, Layout{3, kZero2}, Layout{3, kZero3}, Layout{4, kDdp},
                                           Layout{4, kZero1}, Layout{4, kZero2}, Layout{4, kZero3}, Layout{4, kHsdp1},
                                           Layout{4, kHsdp2}, Layout{4, kHsdp3}),
                         name_of);

TEST(Training, LossFalls) {
  EXPECT_GT(reference().losses.front(), 3.5);  // ln 53 = 3.97
  EXPECT_LT(reference().losses.back(), reference().losses.front() - 0.2);
}

TEST(Training, KeepingParametersBetweenPassesChangesNothing) {
  TinyRun run;
  run.steps = 3;
  const auto freed = train(run, 2, kZero3);
  run.reshard_after_forward = false;
  const auto kept = train(run, 2, kZero3);
  EXPECT_EQ(freed->losses, kept->losses);
  expect_equal(kept->final_parameters, freed->final_parameters);
}

TEST(Training, AccumulationEqualsLargerMicrobatches) {
  TinyRun run;
  run.recipe.train.micro_batch_size = 3;
  for (const Mode& mode : {kDdp, kZero2, kZero3}) {
    const auto trace = train(run, 2, mode);
    expect_losses_near(trace->losses, reference().losses, 2e-6);
    expect_near(trace->first_gradients, reference().first_gradients, 1e-5);
  }
}

TEST(Training, UntiedEmbeddingsAndRecomputeFollowOneRank) {
  TinyRun run;
  run.steps = 5;
  run.recipe.model.config.tie_word_embeddings = false;
  const auto expected = train(run, 1, kDdp);
  for (const char* recompute : {"none", "selective", "full"}) {
    run.recipe.train.recompute = recompute;
    expect_losses_near(train(run, 3, kZero3)->losses, expected->losses, 2e-6);
  }
}

TEST(Training, EvaluationCountsTheTargetsItAverages) {
  const TinyRun run;
  int64_t targets = 0;  // of two global batches: sample i lacks i % 4
  for (int64_t i = 0; i < 24; ++i) targets += run.recipe.train.seq_len - i % 4;
  train_on_ranks(3, kZero3, [&](const mesh::Mesh& mesh) {
    CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
    const auto trainer = make_trainer(run, groups_of(mesh), kZero3);
    const engine::Evaluation found = trainer->evaluate(batches, 2);
    EXPECT_EQ(found.targets, targets);
    EXPECT_GT(found.loss, 3.5);  // ln 53 = 3.97
  });
}

TEST(Training, Fp64AgreesTo1e10) {
  TinyRun run;
  run.steps = 5;
  run.recipe.precision.compute = "fp64";
  const auto expected = train(run, 1, kDdp);
  for (const Mode& mode : {kDdp, kZero1, kZero3}) {
    const auto trace = train(run, 3, mode);
    // The learning rate and the clip travel as fp32, alike on every rank.
    expect_losses_near(trace->losses, expected->losses, 1e-10);
    expect_near(trace->first_gradients, expected->first_gradients, 1e-10);
  }
}

TEST(Training, Bf16StartsAsFp32DoesAndAgreesAcrossModes) {
  TinyRun run;
  run.steps = 5;
  run.recipe.precision.compute = "bf16";
  const auto one = train(run, 1, kDdp);
  expect_equal(one->initial_parameters, reference().initial_parameters);  // fp32 masters
  EXPECT_NEAR(one->losses[0], reference().losses[0], 2e-3 * reference().losses[0]);
  for (const Mode& mode : {kDdp, kZero1, kZero2, kZero3}) {
    const auto trace = train(run, 2, mode);
    EXPECT_DOUBLE_EQ(trace->losses[0], one->losses[0]) << mode.name;
    expect_losses_near(trace->losses, one->losses, 2e-3);
  }
}

TEST(Training, Bf16ReductionStaysNearFp32Reduction) {
  TinyRun run;
  run.steps = 5;
  run.recipe.precision.reduce = "bf16";
  for (const Mode& mode : {kDdp, kZero1, kZero3}) {
    const auto trace = train(run, 2, mode);
    EXPECT_NEAR(trace->grad_norms[0], reference().grad_norms[0], 2e-2 * reference().grad_norms[0]) << mode.name;
    EXPECT_NE(trace->grad_norms[0], reference().grad_norms[0]) << "it did reduce in bf16";
    EXPECT_NEAR(trace->losses[4], reference().losses[4], 5e-3 * reference().losses[4]) << mode.name;
  }
}

/// ||ours - theirs|| / ||theirs||, over all tensors.
double distance(const WholeTensors& ours, const WholeTensors& theirs) {
  double squares = 0.0, of_theirs = 0.0;
  for (const auto& [name, tensor] : theirs.tensors()) {
    squares += (ours.tensors().at(name) - tensor).square().sum().item<double>();
    of_theirs += tensor.square().sum().item<double>();
  }
  return std::sqrt(squares / of_theirs);
}

TEST(Training, Bf16ReductionSumsMicrobatchesInFp32AtEveryLevel) {
  TinyRun run;
  run.steps = 1;
  run.recipe.precision.reduce = "bf16";
  const auto error = [&run](int ranks, const Mode& mode) {
    return distance(train(run, ranks, mode)->first_gradients, reference().first_gradients);
  };
  const double sharded = error(3, kZero2);  // 4 microbatches, each rounded once before they are summed
  EXPECT_LE(error(3, kDdp), sharded);
  EXPECT_LE(error(3, kZero1), sharded);
  EXPECT_LE(error(4, kHsdp1), error(4, kHsdp2));
}

TEST(Training, OneRankRoundsNoGradientToTheReduceDtype) {
  TinyRun run;
  run.steps = 1;
  run.recipe.precision.reduce = "bf16";
  expect_equal(train(run, 1, kDdp)->first_gradients, reference().first_gradients);
}

}  // namespace
}  // namespace trireme::testing
