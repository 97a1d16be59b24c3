#include <gtest/gtest.h>

#include "distributed_training/expect_traces.h"
#include "support/ranks.h"
#include "support/temporary_folder.h"
#include "trireme/core/format.h"
#include "trireme/engine/devices.h"
#include "trireme/engine/run_checkpoints.h"

// Data parallelism over NCCL: within the bounds that hold across ranks of the CPU, and bit for bit repeatable.
namespace trireme::testing {
namespace {

TinyRun gpu_run(int64_t steps = 20) {
  engine::use_deterministic_kernels();
  TinyRun run;
  run.backend = "nccl_threads";
  run.steps = steps;
  run.recipe.model.config.hidden_size = 32;  // fused attention wants rows of 16 bytes in bf16
  run.recipe.model.config.head_dim = 16;
  return run;
}

const Trace& one_gpu() {
  static const std::unique_ptr<Trace> trace = train(gpu_run(), 1, kDdp);
  return *trace;
}

class GpuModes : public ::testing::TestWithParam<Layout> {};

TEST_P(GpuModes, FollowOneGpu) {
  const auto [ranks, mode] = GetParam();
  const auto trace = train(gpu_run(), ranks, mode);
  expect_equal(trace->initial_parameters, one_gpu().initial_parameters);
  expect_losses_near(trace->losses, one_gpu().losses, 2e-6);
  expect_near(trace->first_gradients, one_gpu().first_gradients, 1e-5);
  for (size_t i = 0; i < trace->losses.size(); ++i)
    EXPECT_NEAR(trace->grad_norms[i], one_gpu().grad_norms[i], 1e-4 * one_gpu().grad_norms[i]);
}

TEST_P(GpuModes, FollowTheCpu) {
  TinyRun on_cpu = gpu_run();
  on_cpu.backend = "local";
  const auto expected = train(on_cpu, 1, kDdp);
  const auto trace = train(gpu_run(), GetParam().ranks, GetParam().mode);
  expect_equal(trace->initial_parameters, expected->initial_parameters);
  expect_losses_near(trace->losses, expected->losses, 1e-5);
}

TEST_P(GpuModes, RepeatBitForBit) {
  const auto [ranks, mode] = GetParam();
  for (const char* compute : {"fp32", "bf16"}) {
    TinyRun run = gpu_run();
    run.recipe.precision.compute = compute;
    const auto one = train(run, ranks, mode);
    const auto other = train(run, ranks, mode);
    EXPECT_EQ(one->losses, other->losses) << compute;
    EXPECT_EQ(one->grad_norms, other->grad_norms) << compute;
    expect_equal(one->final_parameters, other->final_parameters);
  }
}

TEST_P(GpuModes, CheckpointsMoveBetweenGpusAndCpuRanks) {
  const auto [ranks, mode] = GetParam();
  const test::TemporaryFolder folder;
  struct Stretch {
    const char* backend;
    int ranks;
    Mode mode;
  };
  const std::vector<Stretch> stretches = {
      {"nccl_threads", ranks, mode}, {"nccl_threads", 1, kDdp}, {"local", 3, kZero3},
      {"nccl_threads", ranks, mode}, {"local", 1, kDdp},        {"nccl_threads", ranks, mode}};
  std::vector<double> losses;
  for (const Stretch& stretch : stretches) {
    const TinyRun run = gpu_run();
    const auto until = static_cast<int64_t>(losses.size()) + 3;
    train_on_ranks(
        stretch.ranks, stretch.mode,
        [&](const mesh::Mesh& mesh) {
          const auto trainer = make_trainer(run, groups_of(mesh), stretch.mode);
          CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
          engine::RunCheckpoints checkpoints(
              run.recipe,
              {.root = folder.path(),
               .generation = 0,
               .data_identity = "data",
               .tokenizer = {.hash = "tokenizer", .name = "tokenizer.json", .contents = "{}"}},
              mesh.world());
          checkpoints.restore(*trainer);
          while (trainer->state().step < until) {
            const engine::StepReport report = trainer->step(batches);
            const double loss = report.loss.item<double>();
            if (mesh.world().rank() == Rank(0)) losses.push_back(loss);
          }
          checkpoints.save(*trainer, /*skipped_steps=*/0);
          checkpoints.wait();
        },
        stretch.backend);
  }
  const std::vector<double> expected(one_gpu().losses.begin(),
                                     one_gpu().losses.begin() + static_cast<ptrdiff_t>(losses.size()));
  expect_losses_near(losses, expected, 1e-5);
}

std::vector<Layout> layouts() {
  std::vector<Layout> all;
  for (int ranks = 2; ranks <= nccl_ranks(); ranks *= 2) {
    for (const Mode& mode : {kDdp, kZero1, kZero2, kZero3}) all.push_back({ranks, mode});
    for (const Mode& mode : {kHsdp1, kHsdp2, kHsdp3}) all.push_back({ranks, mode});
  }
  return all;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GpuModes);
INSTANTIATE_TEST_SUITE_P(Nccl, GpuModes, ::testing::ValuesIn(layouts()), name_of);

}  // namespace
}  // namespace trireme::testing
