#include <gtest/gtest.h>

#include "distributed_training/expect_traces.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/engine/run_checkpoints.h"

namespace trireme::testing {
namespace {

using test::TemporaryFolder;

engine::RunCheckpoints::Options options_in(const fs::path& root, const std::string& data = "data") {
  return {.root = root,
          .generation = 0,
          .data_identity = data,
          .tokenizer = {.hash = "tokenizer", .name = "tokenizer.json", .contents = "{}"}};
}

/// Goes on from the newest checkpoint in `root`, if there is one, until `last_step`, and saves.
std::unique_ptr<Trace> train_until(int64_t last_step, const fs::path& root, int ranks, const Mode& mode) {
  TinyRun run;
  auto trace = std::make_unique<Trace>();
  train_on_ranks(ranks, mode, [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), mode);
    CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
    engine::RunCheckpoints checkpoints(run.recipe, options_in(root), mesh.world());
    checkpoints.restore(*trainer);
    while (trainer->state().step < last_step) {
      const engine::StepReport report = trainer->step(batches);
      if (mesh.world().rank() == Rank(0)) trace->add(report);
    }
    checkpoints.save(*trainer, /*skipped_steps=*/0);
    checkpoints.wait();
    trace->final_parameters.add(trainer->parameter_pieces());
  });
  return trace;
}

class Resume : public ::testing::TestWithParam<Mode> {};

TEST_P(Resume, IsBitwiseTheUninterruptedRunAtEqualLayout) {
  const TemporaryFolder whole, parts;
  const auto expected = train_until(8, whole.path(), 2, GetParam());
  const auto first = train_until(3, parts.path(), 2, GetParam());
  const auto second = train_until(8, parts.path(), 2, GetParam());
  std::vector<double> losses = first->losses;
  losses.insert(losses.end(), second->losses.begin(), second->losses.end());
  EXPECT_EQ(losses, expected->losses);
  expect_equal(second->final_parameters, expected->final_parameters);
}

INSTANTIATE_TEST_SUITE_P(Modes, Resume, ::testing::Values(kDdp, kZero1, kZero2, kZero3),
                         [](const auto& info) { return info.param.name; });

TEST(Resume, GoesOnInAnotherLayout) {
  const TemporaryFolder whole, parts;
  const auto expected = train_until(12, whole.path(), 1, kDdp);
  std::vector<double> losses;
  const std::vector<std::pair<int, Mode>> layouts = {{2, kZero3}, {3, kZero1}, {4, kHsdp3},
                                                     {1, kDdp},   {2, kZero2}, {2, kDdp}};
  int64_t step = 0;
  for (const auto& [ranks, mode] : layouts) {
    const auto part = train_until(step += 2, parts.path(), ranks, mode);
    losses.insert(losses.end(), part->losses.begin(), part->losses.end());
  }
  expect_losses_near(losses, expected->losses, 2e-6);
}

TEST(Resume, RefusesOtherDataAndNamesTheKey) {
  const TemporaryFolder folder;
  train_until(1, folder.path(), 1, kDdp);
  const TinyRun run;
  const auto resume_with = [&](const engine::RunCheckpoints::Options& options) {
    train_on_ranks(1, kDdp, [&](const mesh::Mesh& mesh) {
      const auto trainer = make_trainer(run, groups_of(mesh), kDdp);
      engine::RunCheckpoints(run.recipe, options, mesh.world()).restore(*trainer);
    });
  };
  EXPECT_ERROR(Error, "data.train: other is not what", resume_with(options_in(folder.path(), "other")));
  auto options = options_in(folder.path());
  options.tokenizer.hash = "another";
  EXPECT_ERROR(Error, "data.tokenizer: another is not what", resume_with(options));
}

TEST(Resume, RefusesAnotherTokenizerOnEveryRank) {
  const TemporaryFolder folder;
  train_until(1, folder.path(), 2, kDdp);
  const TinyRun run;
  train_on_ranks(2, kDdp, [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), kDdp);
    auto options = options_in(folder.path());
    options.tokenizer = {};
    if (mesh.world().rank() == Rank(0)) options.tokenizer.hash = "another";  // the rank that reads the tokenizer
    engine::RunCheckpoints checkpoints(run.recipe, options, mesh.world());
    EXPECT_ERROR(ConfigError, "data.tokenizer: another is not what", checkpoints.restore(*trainer));
  });
}

TEST(Resume, RefusesAnotherModel) {
  const TemporaryFolder folder;
  train_until(1, folder.path(), 1, kDdp);
  TinyRun run;
  run.recipe.model.config.hidden_size = 40;
  EXPECT_ERROR(Error, "model.", train_on_ranks(2, kZero3, [&](const mesh::Mesh& mesh) {
                 const auto trainer = make_trainer(run, groups_of(mesh), kZero3);
                 engine::RunCheckpoints(run.recipe, options_in(folder.path()), mesh.world()).restore(*trainer);
               }));
}

}  // namespace
}  // namespace trireme::testing
