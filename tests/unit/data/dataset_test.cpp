#include "trireme/data/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "trireme/core/error.h"
#include "trireme/data/batch.h"
#include "trireme/formats/megatron.h"

namespace trireme::data {
namespace {

class DatasetTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / format("dataset_{}", ::getpid());
    make_folders(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Documents of the given lengths whose tokens count up from `first`, so that a token tells its place.
  std::string write(const std::string& name, const std::vector<int64_t>& lengths, TokenId first = 0) {
    formats::MegatronWriter writer(folder_ / name, DType::kI32);
    for (const int64_t length : lengths) {
      std::vector<TokenId> document(static_cast<size_t>(length));
      std::iota(document.begin(), document.end(), first);
      first += static_cast<TokenId>(length);
      writer.add_document(document);
    }
    writer.finish();
    return (folder_ / name).string();
  }

  std::string message_of(const DatasetOptions& options, int64_t sample = -1) {
    try {
      const auto dataset = open_dataset(options);
      if (sample >= 0) (void)dataset->sample(sample);
    } catch (const Error& problem) {
      return problem.what();
    }
    return "no error";
  }

  fs::path folder_;
};

DatasetOptions options_for(std::vector<std::string> sources, int64_t seq_len) {
  DatasetOptions options;
  options.sources = std::move(sources);
  options.seq_len = seq_len;
  options.vocab_size = 1'000'000;
  options.seed = 5;
  return options;
}

TEST_F(DatasetTest, SequentialSamplesFollowEachOtherAndShareOneToken) {
  DatasetOptions options = options_for({write("a", {41})}, 10);
  options.order = Order::kSequential;
  const auto dataset = open_dataset(options);
  ASSERT_EQ(dataset->samples_per_epoch(), 4);
  for (int64_t i = 0; i < 8; ++i) {
    const Sample sample = dataset->sample(i);
    ASSERT_EQ(sample.tokens.size(), 11u);
    EXPECT_EQ(sample.tokens.front(), i % 4 * 10);
    EXPECT_EQ(sample.tokens.back(), i % 4 * 10 + 10);
    EXPECT_TRUE(sample.document_starts.empty());
  }
  EXPECT_EQ(dataset->describe(5), options.sources[0] + " tokens 10..20, epoch 1");
}

TEST_F(DatasetTest, EachEpochHasEverySampleOnceInAnotherOrder) {
  const auto dataset = open_dataset(options_for({write("a", {300, 201}), write("b", {401}, 1000)}, 10));
  ASSERT_EQ(dataset->samples_per_epoch(), 90);
  std::vector<std::vector<TokenId>> orders(2);
  for (int64_t i = 0; i < 180; ++i) orders[static_cast<size_t>(i / 90)].push_back(dataset->sample(i).tokens[0]);
  EXPECT_NE(orders[0], orders[1]);
  for (auto& order : orders) EXPECT_EQ(std::set(order.begin(), order.end()).size(), 90u);
}

TEST_F(DatasetTest, PropertyNoSampleIsLostOrRepeatedInAnyLayout) {
  const auto dataset = open_dataset(options_for({write("a", {2881})}, 12));
  const int64_t epoch = dataset->samples_per_epoch();
  ASSERT_EQ(epoch, 240);
  std::mt19937_64 random(3);
  for (int round = 0; round < 20; ++round) {
    const int64_t ranks = static_cast<int64_t>(1 + random() % 4), micro = static_cast<int64_t>(1 + random() % 3);
    const int64_t accumulation = static_cast<int64_t>(1 + random() % 3);
    const BatchLayout layout{ranks * micro * accumulation, micro, ranks};
    ASSERT_EQ(layout.num_accumulation_steps(), accumulation);
    std::map<int64_t, int> seen;
    const int64_t steps = epoch / layout.global_batch_size;
    for (int64_t step = 0; step < steps; ++step) {
      for (int64_t a = 0; a < accumulation; ++a) {
        for (int64_t rank = 0; rank < ranks; ++rank) {
          const Batch batch = read_batch(*dataset, layout.sample_index(step, layout.first_row(a, rank)), micro);
          for (int64_t row = 0; row < micro; ++row) ++seen[batch.tokens[static_cast<size_t>(row * 12)]];
        }
      }
    }
    std::map<int64_t, int> expected;
    for (int64_t i = 0; i < steps * layout.global_batch_size; ++i) ++expected[dataset->sample(i).tokens[0]];
    EXPECT_EQ(seen, expected);
    for (const auto& [token, count] : seen) EXPECT_EQ(count, 1) << token;
  }
}

TEST_F(DatasetTest, BlendsByWeight) {
  const auto dataset =
      open_dataset(options_for({"0.75 " + write("a", {1001}), "0.25 " + write("b", {2001}, 5000)}, 10));
  int64_t from_b = 0;
  std::set<TokenId> first_epoch_of_a;
  for (int64_t i = 0; i < 400; ++i) {
    const TokenId token = dataset->sample(i).tokens[0];
    from_b += token >= 5000;
    if (token < 5000 && first_epoch_of_a.size() < 100) {
      EXPECT_TRUE(first_epoch_of_a.insert(token).second);
    }
  }
  EXPECT_EQ(from_b, 100);
}

TEST_F(DatasetTest, TrainingAndValidationShareNoToken) {
  DatasetOptions options = options_for({write("a", {1000})}, 10);
  options.valid_fraction = 0.1;
  const auto train = open_dataset(options);
  options.valid_tail = true;
  options.order = Order::kSequential;
  const auto valid = open_dataset(options);
  std::set<TokenId> trained;
  for (int64_t i = 0; i < train->samples_per_epoch(); ++i) {
    const auto tokens = train->sample(i).tokens;
    trained.insert(tokens.begin(), tokens.end());
  }
  for (int64_t i = 0; i < valid->samples_per_epoch(); ++i) {
    for (const TokenId token : valid->sample(i).tokens) EXPECT_FALSE(trained.contains(token));
  }
  EXPECT_EQ(train->samples_per_epoch(), 89);
  EXPECT_EQ(valid->samples_per_epoch(), 10);
  EXPECT_NE(train->identity(), valid->identity());
}

TEST_F(DatasetTest, DocumentPackingTellsBorders) {
  DatasetOptions options = options_for({write("a", {4, 6, 7, 30})}, 8);
  options.order = Order::kSequential;
  options.packing = Packing::kDocuments;
  const auto dataset = open_dataset(options);
  EXPECT_EQ(dataset->sample(0).document_starts, (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(dataset->sample(1).document_starts, (std::vector<int64_t>{0, 2}));
  EXPECT_EQ(dataset->sample(2).document_starts, (std::vector<int64_t>{0, 1}));

  const Batch batch = read_batch(*dataset, 0, 2);
  EXPECT_EQ(batch.document_starts, (std::vector<int64_t>{0, 4, 8, 10, 16}));
  EXPECT_EQ(batch.tokens, (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
  EXPECT_EQ(batch.targets,
            (std::vector<int64_t>{1, 2, 3, kNoTarget, 5, 6, 7, 8, 9, kNoTarget, 11, 12, 13, 14, 15, 16}));
  EXPECT_EQ(batch.positions, (std::vector<int64_t>{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 0, 1, 2, 3, 4, 5}));
}

TEST_F(DatasetTest, ADocumentThatBeginsAtTheLastTargetMasksIt) {
  DatasetOptions options = options_for({write("a", {8, 9})}, 8);
  options.order = Order::kSequential;
  options.packing = Packing::kDocuments;
  const Batch batch = read_batch(*open_dataset(options), 0, 2);
  EXPECT_EQ(batch.targets[7], kNoTarget);
  EXPECT_EQ(batch.targets[15], 16);
  EXPECT_EQ(batch.document_starts, (std::vector<int64_t>{0, 8, 16}));
}

TEST_F(DatasetTest, IdentityFollowsWhatDecidesTheSamples) {
  DatasetOptions options = options_for({write("a", {100})}, 10);
  const std::string identity = open_dataset(options)->identity();
  EXPECT_EQ(open_dataset(options)->identity(), identity);
  options.seed = 6;
  EXPECT_NE(open_dataset(options)->identity(), identity);
  options = options_for({write("b", {100}, 1)}, 10);
  EXPECT_NE(open_dataset(options)->identity(), identity);
  // The same content elsewhere is the same data.
  options = options_for({write("c", {100})}, 10);
  EXPECT_EQ(open_dataset(options)->identity(), identity);
}

TEST_F(DatasetTest, NamesTheTokenOutsideTheVocabulary) {
  DatasetOptions options = options_for({write("a", {5, 20})}, 10);
  options.order = Order::kSequential;
  options.vocab_size = 13;
  EXPECT_EQ(message_of(options, 0), "no error");
  EXPECT_EQ(message_of(options, 1),
            options.sources[0] +
                ": token id 13 at position 13 (document 1, its token 8) is outside the model's "
                "vocabulary of 13; prepare the data with the model's tokenizer, or raise model.vocab_size");
}

TEST_F(DatasetTest, RefusesWhatCannotBeUsed) {
  const std::string prefix = write("a", {50});
  EXPECT_NE(message_of(options_for({prefix}, 50))
                .find("has 50 of the file's 50 tokens, but one sample takes seq_len + 1 = 51"),
            std::string::npos);
  EXPECT_EQ(message_of(options_for({}, 10)), "the blend is empty: name at least one source");
  EXPECT_EQ(message_of(options_for({"-1 " + prefix}, 10)), "a blend weight must be positive, got -1");
  EXPECT_NE(message_of(options_for({prefix + "x"}, 10)).find("No such file"), std::string::npos);
  DatasetOptions tail = options_for({prefix}, 10);
  tail.valid_tail = true;
  EXPECT_EQ(message_of(tail), "there is no validation part: valid_fraction is 0");
}

TEST_F(DatasetTest, NamesTruncatedFiles) {
  const std::string prefix = write("a", {50});
  fs::resize_file(prefix + ".bin", 100);
  EXPECT_NE(message_of(options_for({prefix}, 10)).find(prefix), std::string::npos);
  const std::string other = write("b", {50});
  fs::resize_file(other + ".idx", 40);
  EXPECT_NE(message_of(options_for({other}, 10)).find(other + ".idx"), std::string::npos);
  const std::string third = write("c", {50});
  std::ofstream(third + ".json") << "{";
  EXPECT_NE(message_of(options_for({third}, 10)).find(third + ".json: not a description"), std::string::npos);
}

}  // namespace
}  // namespace trireme::data
