#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distributed_training/expect_traces.h"

namespace trireme::testing {
namespace {

/// Leaves one step of every rank without a target that counts, so that its mean loss is 0 / 0.
class EmptyStep final : public engine::BatchSource {
 public:
  EmptyStep(engine::BatchSource& inner, int64_t first_sample) : inner_(inner), first_sample_(first_sample) {}

  std::vector<layer::Microbatch> take(int64_t first_sample) override {
    auto batches = inner_.take(first_sample);
    if (first_sample == first_sample_)
      for (auto& batch : batches) batch.targets.fill_(layer::kIgnoredTarget);
    return batches;
  }

 private:
  engine::BatchSource& inner_;
  int64_t first_sample_;
};

class SkippedSteps : public ::testing::TestWithParam<Mode> {};

TEST_P(SkippedSteps, AreAgreedByAllRanksAndChangeNothing) {
  const TinyRun run;
  const int64_t samples_a_step = run.recipe.train.global_batch_size;
  train_on_ranks(2, GetParam(), [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), GetParam());
    CountedBatches good(run, mesh.group(mesh::Axis::kBatch));
    EmptyStep batches(good, samples_a_step);
    EXPECT_EQ(trainer->step(batches).skipped.item<double>(), 0.0);

    std::vector<at::Tensor> before;
    for (const auto& shard : trainer->model().shards()) before.push_back(shard.value.clone());
    const engine::StepReport skipped = trainer->step(batches);
    EXPECT_EQ(skipped.skipped.item<double>(), 1.0);
    EXPECT_FALSE(std::isfinite(skipped.loss.item<double>()));
    EXPECT_EQ(skipped.step, 2);
    const auto after = trainer->model().shards();
    for (size_t i = 0; i < after.size(); ++i) EXPECT_TRUE(after[i].value.equal(before[i]));

    const engine::StepReport next = trainer->step(batches);
    EXPECT_EQ(next.skipped.item<double>(), 0.0);
    EXPECT_TRUE(std::isfinite(next.loss.item<double>()));
  });
}

TEST_P(SkippedSteps, FollowANotANumberOnOneRank) {
  const TinyRun run;
  train_on_ranks(2, GetParam(), [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), GetParam());
    CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
    trainer->step(batches);
    // One bad element of one rank's shard; where parameters are whole on each rank, of that rank's copy alone.
    const at::Tensor element = trainer->model().shards()[1].value.narrow(0, 0, 1);
    const at::Tensor kept = element.clone();
    if (mesh.world().rank() == Rank(1)) element.fill_(NAN);
    trainer->apply_loaded_state(trainer->state());
    EXPECT_EQ(trainer->step(batches).skipped.item<double>(), 1.0) << "rank " << mesh.world().rank();
    element.copy_(kept);
    trainer->apply_loaded_state(trainer->state());
    EXPECT_EQ(trainer->step(batches).skipped.item<double>(), 0.0) << "rank " << mesh.world().rank();
  });
}

INSTANTIATE_TEST_SUITE_P(Modes, SkippedSteps, ::testing::Values(kDdp, kZero1, kZero2, kZero3),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace trireme::testing
