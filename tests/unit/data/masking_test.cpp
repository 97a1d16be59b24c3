#include "trireme/data/masking.h"

#include <gtest/gtest.h>

#include <numeric>

namespace trireme::data {
namespace {

constexpr int64_t kVocab = 50, kMask = 49, kBorder = 0;

Batch numbered(int64_t rows, int64_t seq_len) {
  Batch batch{.rows = rows, .seq_len = seq_len, .tokens = {}, .targets = {}, .positions = {}, .document_starts = {}};
  for (int64_t i = 0; i < rows * seq_len; ++i) batch.tokens.push_back(i % 40);
  batch.targets = batch.tokens;
  return batch;
}

Masking masking() {
  return {.fraction = 0.15, .mask_token = kMask, .vocab_size = kVocab, .kept_tokens = {kBorder, kMask}, .seed = 3};
}

TEST(Masking, FollowsTheSharesOfBert) {
  const Batch before = numbered(100, 1000);
  Batch batch = before;
  mask_tokens(batch, 0, masking());
  double chosen = 0, masked = 0, changed = 0, candidates = 0;
  for (size_t i = 0; i < batch.tokens.size(); ++i) {
    candidates += before.tokens[i] != kBorder;
    if (batch.targets[i] == kNoTarget) {
      EXPECT_EQ(batch.tokens[i], before.tokens[i]);
      continue;
    }
    EXPECT_EQ(batch.targets[i], before.tokens[i]);
    EXPECT_NE(batch.targets[i], kBorder);
    EXPECT_NE(batch.tokens[i], kBorder);
    chosen += 1;
    masked += batch.tokens[i] == kMask;
    changed += batch.tokens[i] != kMask && batch.tokens[i] != before.tokens[i];
  }
  EXPECT_NEAR(chosen / candidates, 0.15, 0.004);
  EXPECT_NEAR(masked / chosen, 0.8, 0.015);
  EXPECT_NEAR(changed / chosen, 0.1 * 47.0 / 48.0, 0.01);  // a random token may be the same
}

TEST(Masking, IsAFunctionOfSeedSampleAndPlace) {
  Batch whole = numbered(4, 64), last = numbered(4, 64), other_seed = numbered(4, 64);
  mask_tokens(whole, 10, masking());
  last.rows = 1;
  last.tokens.erase(last.tokens.begin(), last.tokens.begin() + 3 * 64);
  last.targets.resize(64);
  mask_tokens(last, 13, masking());
  EXPECT_TRUE(std::equal(last.tokens.begin(), last.tokens.end(), whole.tokens.begin() + 3 * 64));
  EXPECT_TRUE(std::equal(last.targets.begin(), last.targets.end(), whole.targets.begin() + 3 * 64));
  Masking other = masking();
  other.seed = 4;
  mask_tokens(other_seed, 10, other);
  EXPECT_NE(other_seed.targets, whole.targets);
}

}  // namespace
}  // namespace trireme::data
