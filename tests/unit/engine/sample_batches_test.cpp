#include "trireme/engine/sample_batches.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "trireme/engine/setup.h"

namespace trireme::engine {
namespace {

/// Sample i is all i, and notes that it was read.
class NotedSamples final : public data::SampleSource {
 public:
  data::Sample sample(int64_t index) const override {
    const std::scoped_lock lock(mutex_);
    read_.insert(index);
    return {.tokens = std::vector<data::TokenId>(5, static_cast<data::TokenId>(index)), .document_starts = {}};
  }
  std::string describe(int64_t) const override { return {}; }
  const std::string& identity() const override { return identity_; }
  int64_t seq_len() const override { return 4; }
  int64_t samples_per_epoch() const override { return 100; }

  const std::multiset<int64_t>& read() const { return read_; }

 private:
  mutable std::mutex mutex_;
  mutable std::multiset<int64_t> read_;
  std::string identity_;
};

constexpr data::BatchLayout kLayout{.global_batch_size = 2, .micro_batch_size = 2, .num_data_ranks = 1};

TEST(SampleBatches, ReadsNothingAheadPastTheEnd) {
  const auto samples = std::make_shared<NotedSamples>();
  {
    SampleBatches batches(samples, kLayout, {.masking = std::nullopt, .end = 6});
    for (const int evaluation : {1, 2})
      for (const int64_t first : {0, 2, 4})
        EXPECT_EQ(batches.take(first)[0].tokens[0][0].item<int64_t>(), first) << evaluation;
  }
  EXPECT_EQ(samples->read(), (std::multiset<int64_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}));
}

TEST(SampleBatches, ReadsAheadWithoutAnEnd) {
  const auto samples = std::make_shared<NotedSamples>();
  { SampleBatches(samples, kLayout, {}).take(0); }
  EXPECT_EQ(samples->read(), (std::multiset<int64_t>{0, 1, 2, 3}));
}

TEST(EvaluationBatches, AreWholeAndReadNoSampleTwice) {
  recipe::Recipe recipe;
  recipe.train.global_batch_size = 8;
  recipe.evaluate.batches = 20;
  EXPECT_EQ(evaluation_batches(recipe, 1000), 20);
  EXPECT_EQ(evaluation_batches(recipe, 103), 12);
  EXPECT_EQ(evaluation_batches(recipe, 3), 1);
}

}  // namespace
}  // namespace trireme::engine
