#include "trireme/plan/batch.h"

#include <gtest/gtest.h>

namespace trireme::plan {
namespace {

recipe::Train train(int64_t global, int64_t micro) {
  recipe::Train result;
  result.global_batch_size = global;
  result.micro_batch_size = micro;
  result.seq_len = 512;
  return result;
}

std::string problem(int64_t global, int64_t micro, int64_t ranks) {
  Diagnostics found;
  resolve_batch(train(global, micro), {.dp_shard = ranks}, found);
  EXPECT_EQ(found.items().size(), 1u) << found.to_string();
  return found.to_string();
}

TEST(Batch, AccumulationIsDerived) {
  Diagnostics found;
  const Batch batch = resolve_batch(train(96, 4), {.dp_replicate = 2, .dp_shard = 3, .tp = 8}, found);
  EXPECT_TRUE(found.empty()) << found.to_string();
  EXPECT_EQ(batch.batch_ranks, 6);  // tp ranks read the same sequences
  EXPECT_EQ(batch.accumulation_steps, 4);
  EXPECT_EQ(batch.microbatch_tokens, 4 * 512);
  EXPECT_EQ(batch.tokens_per_step, 96 * 512);
}

TEST(Batch, IndivisibleNamesTheNearestValidValues) {
  EXPECT_EQ(problem(25, 4, 2),
            "error: train.global_batch_size: 25 sequences do not divide by micro_batch_size 4 x 2 batch ranks = 8 "
            "(nearest valid values: 24 and 32)\n");
}

TEST(Batch, AnotherMicrobatchMayFit) {
  const std::string text = problem(20, 8, 2);
  EXPECT_NE(text.find("nearest valid values: 16 and 32; or train.micro_batch_size = 5 and 10"), std::string::npos)
      << text;
}

TEST(Batch, TooSmallNamesTheSmallest) {
  const std::string text = problem(3, 4, 2);
  EXPECT_NE(text.find("nearest valid values: 8)"), std::string::npos) << text;
}

TEST(Batch, SizesMustBePositive) {
  EXPECT_NE(problem(0, 1, 1).find("train.global_batch_size: must be at least 1, got 0"), std::string::npos);
  EXPECT_NE(problem(8, 0, 1).find("train.micro_batch_size: must be at least 1, got 0"), std::string::npos);
}

}  // namespace
}  // namespace trireme::plan
