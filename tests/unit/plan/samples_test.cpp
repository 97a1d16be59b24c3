#include "trireme/plan/samples.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <numeric>

#include "trireme/core/error.h"
#include "trireme/data/corpus_info.h"
#include "trireme/formats/megatron.h"

namespace trireme::plan {
namespace {

class SamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / format("samples_{}", ::getpid());
    make_folders(folder_);
    std::vector<int32_t> document(1001);
    std::iota(document.begin(), document.end(), 0);
    formats::MegatronWriter writer(prefix(), DType::kU16);
    writer.add_document(document);
    writer.finish();
    recipe_.data.train = {prefix()};
    recipe_.train.seq_len = 10;
    recipe_.model.config.vocab_size = 2000;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string prefix() const { return (folder_ / "a").string(); }

  fs::path folder_;
  recipe::Recipe recipe_;
};

TEST_F(SamplesTest, ValidationIsTheTailInFileOrder) {
  EXPECT_EQ(open_valid_samples(recipe_), nullptr);
  recipe_.data.valid_fraction = 0.2;
  EXPECT_EQ(open_train_samples(recipe_)->samples_per_epoch(), 80);
  const auto valid = open_valid_samples(recipe_);
  EXPECT_EQ(valid->samples_per_epoch(), 19);
  EXPECT_EQ(valid->sample(0).tokens.front(), 801);
  EXPECT_EQ(valid->sample(1).tokens.front(), 811);
}

TEST_F(SamplesTest, ValidationFilesLeaveTrainingWhole) {
  recipe_.data.valid_fraction = 0.2;
  recipe_.data.valid = {prefix()};
  EXPECT_EQ(open_train_samples(recipe_)->samples_per_epoch(), 100);
  EXPECT_EQ(open_valid_samples(recipe_)->samples_per_epoch(), 100);
}

TEST_F(SamplesTest, SyntheticTokensNeedNoFiles) {
  recipe_.data = {};
  recipe_.data.synthetic = true;
  EXPECT_EQ(open_train_samples(recipe_)->sample(3).tokens.size(), 11u);
  EXPECT_EQ(open_valid_samples(recipe_), nullptr);
}

TEST_F(SamplesTest, RefusesFilesOfAnotherTokenizer) {
  data::write_corpus_info(prefix(), {.tokenizer = "t.json",
                                     .tokenizer_hash = "abc",
                                     .vocab_size = 300,
                                     .documents = 1,
                                     .tokens = 1001,
                                     .content_hash = "def"});
  EXPECT_NO_THROW((void)open_train_samples(recipe_, "abc"));
  try {
    (void)open_train_samples(recipe_, "xyz");
    FAIL();
  } catch (const ConfigError& problem) {
    EXPECT_EQ(problem.what(), prefix() +
                                  ": was prepared with the tokenizer t.json (hash abc), not with the one of this "
                                  "run (hash xyz); prepare it again, or set data.tokenizer");
  }
}

}  // namespace
}  // namespace trireme::plan
