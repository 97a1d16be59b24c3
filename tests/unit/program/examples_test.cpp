#include "trireme/program/examples.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/expect_error.h"
#include "trireme/core/error.h"

namespace trireme::program {
namespace {

using at::Tensor;

/// Example i has input i + 0.5 and target i.
std::shared_ptr<const ExampleSource> counted(int64_t size) {
  const Tensor numbers = at::arange(size, at::kLong);
  return in_memory({(numbers.to(at::kFloat) + 0.5).view({size, 1}), numbers});
}

std::vector<int64_t> targets_of(const std::vector<layer::Microbatch>& batches) {
  std::vector<int64_t> found;
  for (const auto& batch : batches)
    for (int64_t row = 0; row < batch.targets.size(0); ++row) {
      found.push_back(batch.targets[row].item<int64_t>());
      EXPECT_EQ(batch.inputs[row].item<double>(), static_cast<double>(found.back()) + 0.5);
    }
  return found;
}

TEST(ExampleBatches, RanksTogetherReadWhatOneRankReads) {
  const auto read = [](int64_t ranks, int64_t first) {
    std::vector<int64_t> all;
    for (int64_t rank = 0; rank < ranks; ++rank) {
      ExampleBatches batches(counted(10),
                             {.layout = {.global_batch_size = 12, .micro_batch_size = 2, .num_data_ranks = ranks},
                              .data_rank = rank,
                              .shuffled = true,
                              .seed = 3});
      for (const int64_t target : targets_of(batches.take(first))) all.push_back(target);
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  EXPECT_EQ(read(1, 24), read(3, 24));
  EXPECT_EQ(read(1, 24), read(2, 24));
}

TEST(ExampleBatches, EveryEpochHasEachExampleOnceInAnotherOrder) {
  ExampleBatches batches(counted(8),
                         {.layout = {.global_batch_size = 8, .micro_batch_size = 4}, .shuffled = true, .seed = 1});
  std::vector<int64_t> first = targets_of(batches.take(0)), second = targets_of(batches.take(8));
  EXPECT_NE(first, second);
  EXPECT_EQ(targets_of(batches.take(0)), first) << "a pure function of the sample";
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  const std::vector<int64_t> all = {0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(first, all);
  EXPECT_EQ(second, all);
}

TEST(ExampleBatches, UnshuffledKeepsTheOrderAndBeginsAgain) {
  ExampleBatches batches(counted(5), {.layout = {.global_batch_size = 4, .micro_batch_size = 4}});
  EXPECT_EQ(targets_of(batches.take(0)), (std::vector<int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(targets_of(batches.take(4)), (std::vector<int64_t>{4, 0, 1, 2}));
}

TEST(ExampleBatches, FloatingPointInputsComeInTheComputeDtype) {
  const Tensor ids = at::zeros({2}, at::kLong);
  ExampleBatches::Options options{.layout = {.global_batch_size = 2, .micro_batch_size = 2}};
  options.compute = at::kBFloat16;
  EXPECT_EQ(ExampleBatches(counted(2), options).take(0)[0].inputs.scalar_type(), at::kBFloat16);
  EXPECT_EQ(ExampleBatches(in_memory({ids, ids}), options).take(0)[0].inputs.scalar_type(), at::kLong);
}

TEST(ExampleBatches, RefusesAnotherNumberOfRows) {
  struct Short final : ExampleSource {
    int64_t size() const override { return 4; }
    Examples read(std::span<const int64_t>) const override { return {at::zeros({1, 2}), at::zeros({2})}; }
    std::string identity() const override { return "short"; }
  };
  ExampleBatches batches(std::make_shared<Short>(), {.layout = {.global_batch_size = 2, .micro_batch_size = 2}});
  EXPECT_ERROR(ConfigError, "the data set gave 1 inputs and 2 targets for 2 examples", batches.take(0));
}

TEST(ExampleBatches, SaysWhatFailedInTheSource) {
  struct Broken final : ExampleSource {
    int64_t size() const override { return 4; }
    Examples read(std::span<const int64_t>) const override { throw std::runtime_error("disk gone"); }
    std::string identity() const override { return "broken"; }
  };
  ExampleBatches batches(std::make_shared<Broken>(), {.layout = {.global_batch_size = 2, .micro_batch_size = 2}});
  EXPECT_ERROR(ConfigError, "reading examples failed: disk gone", batches.take(0));
}

TEST(InMemory, RefusesUnequalNumbersAndNone) {
  EXPECT_ERROR(ConfigError, "a data set of 3 inputs and 2 targets", in_memory({at::zeros({3, 1}), at::zeros({2})}));
  EXPECT_ERROR(ConfigError, "a data set of 0 inputs and 0 targets", in_memory({at::zeros({0, 1}), at::zeros({0})}));
  EXPECT_ERROR(ConfigError, "a data set of 0 inputs and 0 targets", in_memory({}));
}

TEST(InMemory, IsKnownByItsContents) {
  EXPECT_EQ(counted(4)->identity(), counted(4)->identity());
  EXPECT_NE(counted(4)->identity(), counted(5)->identity());
}

}  // namespace
}  // namespace trireme::program
