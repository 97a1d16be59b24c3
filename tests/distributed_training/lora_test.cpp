#include <gtest/gtest.h>

#include "distributed_training/expect_traces.h"
#include "distributed_training/family_runs.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"
#include "trireme/engine/run_checkpoints.h"
#include "trireme/model/initialize.h"

// Adapters over frozen weights in every layout.
namespace trireme::testing {
namespace {

using Which = parallel::ShardedModel::Which;

TinyRun adapted(TinyRun run = {}) {
  run.recipe.lora = {.rank = 4, .alpha = 8.0, .targets = {"all-linear"}};
  run.steps = 6;
  return run;
}

class LoraModes : public ::testing::TestWithParam<Layout> {};

TEST_P(LoraModes, FollowOneRank) {
  const auto expected = train(adapted(), 1, kDdp);
  EXPECT_LT(expected->losses.back(), expected->losses.front());
  const auto trace = train(adapted(), GetParam().ranks, GetParam().mode);
  expect_equal(trace->initial_parameters, expected->initial_parameters);
  expect_losses_near(trace->losses, expected->losses, 2e-6);
  expect_near(trace->first_gradients, expected->first_gradients, 1e-5);
}

TEST_P(LoraModes, FrozenWeightsKeepEveryBit) {
  const auto [ranks, mode] = GetParam();
  const TinyRun run = adapted();
  train_on_ranks(ranks, mode, [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), mode);
    CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
    for (int64_t i = 0; i < run.steps; ++i) trainer->step(batches);
    int64_t compared = 0;
    for (const auto& shard : trainer->model().shards(Which::kFrozen)) {
      EXPECT_FALSE(shard.gradient.defined());
      for (const auto& part : shard.runs) {
        std::vector<float> initial(static_cast<size_t>(part.count));
        model::initial_values(run.recipe.train.seed, *part.spec, part.first, std::span(initial));
        const at::Tensor now = shard.value.narrow(0, part.offset, part.count);
        EXPECT_EQ(std::memcmp(now.data_ptr(), initial.data(), initial.size() * sizeof(float)), 0) << part.spec->name;
        compared += part.count;
      }
    }
    EXPECT_GT(compared, 0);
  });
}

INSTANTIATE_TEST_SUITE_P(Layouts, LoraModes,
                         ::testing::Values(Layout{1, kZero3}, Layout{2, kDdp}, Layout{3, kZero1}, Layout{3, kZero2},
                                           Layout{3, kZero3}, Layout{4, kHsdp3}),
                         name_of);

class LoraFamilies : public ::testing::TestWithParam<const arch::Family*> {};

TEST_P(LoraFamilies, ThreeRanksFollowOne) {
  TinyRun run = adapted(run_of(*GetParam()));
  run.steps = 4;
  const auto one = train(run, 1, kDdp);
  for (const char* recompute : {"none", "full"}) {
    run.recipe.train.recompute = recompute;
    const auto trace = train(run, 3, kZero3);
    expect_losses_near(trace->losses, one->losses, 2e-6);
    expect_near(trace->first_gradients, one->first_gradients, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(All, LoraFamilies, ::testing::ValuesIn(arch::families().begin(), arch::families().end()),
                         [](const auto& info) { return test_name(*info.param); });

TEST(Lora, StartsAsTheModelItAdapts) {
  TinyRun plain;
  plain.steps = 1;
  EXPECT_EQ(train(adapted(), 1, kDdp)->losses[0], train(plain, 1, kDdp)->losses[0]);
}

TEST(Lora, FrozenWeightsHaveNeitherGradientsNorMoments) {
  const TinyRun run = adapted();
  const arch::Architecture model = arch::describe(run.recipe.model.config, run.recipe.lora);
  for (const Mode& mode : {kDdp, kZero1, kZero2, kZero3}) {
    train_on_ranks(2, mode, [&](const mesh::Mesh& mesh) {
      const auto trainer = make_trainer(run, groups_of(mesh), mode);
      int64_t trained_bytes = 0;
      for (const auto& shard : trainer->model().shards()) trained_bytes += static_cast<int64_t>(shard.value.nbytes());
      EXPECT_EQ(trainer->optimizer().state_bytes(), 2 * trained_bytes) << mode.name;
      const int64_t whole = mode.zero < 2 && mode.zero > 0 ? 2 : 1;  // of two shards
      EXPECT_EQ(trainer->model().state_bytes().gradients, whole * trained_bytes) << mode.name;
      EXPECT_LT(trained_bytes, trainer->model().state_bytes().parameters);
      for (const auto& piece : trainer->state_pieces()) {
        EXPECT_TRUE(piece.name == "optimizer.updates" || piece.name.find(".lora_") != piece.name.npos) << piece.name;
      }
    });
  }
}

TEST(Lora, Bf16StartsAsFp32DoesAndAgreesAcrossModes) {
  TinyRun run = adapted();
  const auto fp32 = train(run, 1, kDdp);
  run.recipe.precision.compute = "bf16";
  const auto one = train(run, 1, kDdp);
  EXPECT_NEAR(one->losses[0], fp32->losses[0], 4e-3 * fp32->losses[0]);
  for (const Mode& mode : {kZero1, kZero3}) expect_losses_near(train(run, 2, mode)->losses, one->losses, 2e-3);
}

/// Trains from the newest checkpoint in `root`, if there is one, to `last_step`, and saves.
std::vector<double> train_until(int64_t last_step, const fs::path& root, const TinyRun& run, int ranks,
                                const Mode& mode, const std::string& adapter_config) {
  std::vector<double> losses;
  train_on_ranks(ranks, mode, [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), mode);
    CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
    engine::RunCheckpoints checkpoints(
        run.recipe,
        {.root = root, .generation = 0, .data_identity = "data", .tokenizer = {}, .adapter_config = adapter_config},
        mesh.world());
    checkpoints.restore(*trainer);
    while (trainer->state().step < last_step) {
      const engine::StepReport report = trainer->step(batches);
      if (mesh.world().rank() == Rank(0)) losses.push_back(report.loss.item<double>());
    }
    checkpoints.save(*trainer, /*skipped_steps=*/0);
    checkpoints.wait();
  });
  return losses;
}

constexpr const char* kAdapterConfig = R"({"lora_alpha": 8.0, "base_model_name_or_path": "/models/a"})";

TEST(Lora, ResumesInAnotherLayout) {
  const test::TemporaryFolder whole, parts;
  const auto expected = train_until(6, whole.path(), adapted(), 1, kDdp, kAdapterConfig);
  auto losses = train_until(3, parts.path(), adapted(), 3, kZero3, kAdapterConfig);
  const auto rest = train_until(6, parts.path(), adapted(), 2, kZero1, kAdapterConfig);
  losses.insert(losses.end(), rest.begin(), rest.end());
  expect_losses_near(losses, expected, 2e-6);
}

TEST(Lora, RefusesToResumeAnotherAdapter) {
  const test::TemporaryFolder folder;
  train_until(1, folder.path(), adapted(), 1, kDdp, kAdapterConfig);
  TinyRun other = adapted();
  other.recipe.lora.rank = 5;
  EXPECT_ERROR(Error, "lora_A.weight", train_until(2, folder.path(), other, 1, kDdp, kAdapterConfig));
  const auto resume = [&](const char* config) { train_until(2, folder.path(), adapted(), 1, kDdp, config); };
  EXPECT_ERROR(Error, "lora.alpha: 9.0 is not what",
               resume(R"({"lora_alpha": 9.0, "base_model_name_or_path": "/models/a"})"));
  EXPECT_ERROR(Error, "model.from: \"/models/b\" is not what",
               resume(R"({"lora_alpha": 8.0, "base_model_name_or_path": "/models/b"})"));
}

}  // namespace
}  // namespace trireme::testing
