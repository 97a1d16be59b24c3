#include "trireme/data/target_mask.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"
#include "trireme/data/batch.h"
#include "trireme/data/dataset.h"
#include "trireme/data/prepare.h"
#include "trireme/data/token_file.h"
#include "trireme/data/tokenizers/bpe_trainer.h"
#include "trireme/data/tokenizers/tokenizer_json.h"

namespace trireme::data {
namespace {

/// Token files whose tokens count up through the file, so that a token tells its place.
class MaskedDatasetTest : public ::testing::Test {
 protected:
  /// Tokens from `first`; each multiple of 3 counts.
  std::string write(const std::string& name, const std::vector<int64_t>& lengths, TokenId first = 0) {
    formats::MegatronWriter writer(folder_ / name, DType::kI32);
    std::string mask;
    for (const int64_t length : lengths) {
      std::vector<TokenId> document(static_cast<size_t>(length));
      std::iota(document.begin(), document.end(), first);
      first += static_cast<TokenId>(length);
      for (const TokenId token : document) mask += static_cast<char>(token % 3 == 0);
      writer.add_document(document);
    }
    writer.finish();
    test::write_file(target_mask_path(folder_ / name), mask);
    return folder_ / name;
  }

  DatasetOptions options(std::vector<std::string> sources, Packing packing, int64_t seq_len) {
    DatasetOptions options;
    options.sources = std::move(sources);
    options.packing = packing;
    options.seq_len = seq_len;
    options.vocab_size = 1'000'000;
    options.seed = 5;
    return options;
  }

  /// How often each token is a target in one epoch, read by `ranks` ranks.
  std::map<int64_t, int> targets_of_an_epoch(const SampleSource& source, int64_t ranks, int64_t micro) {
    const BatchLayout layout{ranks * micro, micro, ranks};
    std::map<int64_t, int> targets;
    for (int64_t step = 0; step < source.samples_per_epoch() / layout.global_batch_size; ++step) {
      for (int64_t rank = 0; rank < ranks; ++rank) {
        const Batch batch = read_batch(source, layout.sample_index(step, layout.first_row(0, rank)), micro);
        for (size_t i = 0; i < batch.targets.size(); ++i) {
          if (batch.targets[i] == kNoTarget) continue;
          EXPECT_EQ(batch.targets[i], batch.tokens[i] + 1);
          ++targets[batch.targets[i]];
        }
      }
    }
    return targets;
  }

  test::TemporaryFolder folder_;
};

TEST_F(MaskedDatasetTest, OnlyCountedTokensAreTargetsInAnyOrderBlendAndLayout) {
  const std::string a = write("a", {30, 31, 180}), b = write("b", {121}, 999);
  for (const Packing packing : {Packing::kStream, Packing::kDocuments}) {
    for (const auto& sources : {std::vector{a, b}, {"0.5 " + a, "0.5 " + b}}) {
      const auto dataset = open_dataset(options(sources, packing, 10));
      ASSERT_EQ(dataset->samples_per_epoch(), 36);
      std::map<int64_t, int> first;
      for (const auto& [ranks, micro] : {std::pair(1, 1), {2, 3}, {3, 1}}) {
        const auto targets = targets_of_an_epoch(*dataset, ranks, micro);
        if (first.empty()) first = targets;
        EXPECT_EQ(targets, first);
      }
      EXPECT_FALSE(first.empty());
      for (const auto& [token, count] : first) EXPECT_EQ(token % 3, 0);
    }
  }
  // Of the one pool every counted token is a target once, but those at which a file or a document begins: 0, 30, 999.
  const auto targets = targets_of_an_epoch(*open_dataset(options({a, b}, Packing::kDocuments, 10)), 2, 3);
  EXPECT_EQ(targets.size(), 79u + 40u);
  for (const auto& [token, count] : targets) EXPECT_EQ(count, 1) << token;
}

TEST_F(MaskedDatasetTest, WholeDocumentsFillRows) {
  DatasetOptions packed = options({write("a", {4, 3, 2, 9, 25, 5})}, Packing::kWhole, 10);
  packed.order = Order::kSequential;
  const auto dataset = open_dataset(packed);
  // Rows of at most 11 tokens: 4 + 3 + 2; 9; 25 as 11, 11 and 5, with one token shared; 5 beside the last piece.
  ASSERT_EQ(dataset->samples_per_epoch(), 5);
  const std::vector<std::vector<int64_t>> starts = {{0, 4, 7, 9}, {0, 9}, {0}, {0}, {0, 5, 10}};
  const std::vector<TokenId> firsts = {0, 9, 18, 28, 38};
  for (int64_t i = 0; i < 5; ++i) {
    const Sample sample = dataset->sample(i);
    ASSERT_EQ(sample.tokens.size(), 11u);
    EXPECT_EQ(sample.document_starts, starts[static_cast<size_t>(i)]);
    EXPECT_EQ(sample.tokens.front(), firsts[static_cast<size_t>(i)]);
  }
  EXPECT_EQ(dataset->sample(1).counted, (std::vector<uint8_t>{1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(dataset->describe(1), packed.sources[0] + " tokens 9..17, epoch 0");
  const Batch batch = read_batch(*dataset, 0, 1);
  EXPECT_EQ(batch.tokens, (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 0}));
  EXPECT_EQ(batch.targets, (std::vector<int64_t>{kNoTarget, kNoTarget, 3, kNoTarget, kNoTarget, 6, kNoTarget, kNoTarget,
                                                 kNoTarget, kNoTarget}));
  EXPECT_EQ(batch.positions, (std::vector<int64_t>{0, 1, 2, 3, 0, 1, 2, 0, 1, 0}));
  EXPECT_EQ(batch.document_starts, (std::vector<int64_t>{0, 4, 7, 9, 10}));
}

TEST_F(MaskedDatasetTest, PropertyWholePackingLosesNoTargetAndCutsNoShortDocument) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    std::vector<int64_t> lengths;
    for (int i = 0; i < 40; ++i) lengths.push_back(1 + static_cast<int64_t>(random() % (round % 2 == 0 ? 11 : 30)));
    DatasetOptions packed = options({write("a", lengths)}, Packing::kWhole, 10);
    const auto dataset = open_dataset(packed);
    std::map<int64_t, int> expected;
    TokenId first = 0;
    for (const int64_t length : lengths) {
      for (TokenId token = first + 1; token < first + length; ++token) {
        if (token % 3 == 0) expected[token] = 1;
      }
      first += static_cast<TokenId>(length);
    }
    EXPECT_EQ(targets_of_an_epoch(*dataset, 1, 1), expected);
    packed.valid_fraction = 0.3;
    auto parts = targets_of_an_epoch(*open_dataset(packed), 1, 1);
    packed.valid_tail = true;
    parts.merge(targets_of_an_epoch(*open_dataset(packed), 1, 1));
    if (round % 2 == 0) {
      EXPECT_EQ(parts, expected);
    }
  }
}

TEST_F(MaskedDatasetTest, AMaskedLanguageModelNeedsEveryToken) {
  DatasetOptions encoder = options({write("a", {50})}, Packing::kDocuments, 10);
  encoder.needs_all_targets = true;
  EXPECT_ERROR(ConfigError, "a: holds chats, of which only the answers are learnt, but a masked language model",
               open_dataset(encoder));
  fs::remove(target_mask_path(encoder.sources[0]));
  EXPECT_NO_THROW(open_dataset(encoder));
  encoder.packing = Packing::kWhole;
  EXPECT_ERROR(ConfigError, "data.packing: \"whole\" fills rows up with tokens that don't count",
               open_dataset(encoder));
}

TEST_F(MaskedDatasetTest, TheMaskIsPartOfTheIdentity) {
  const DatasetOptions plain = options({write("a", {50})}, Packing::kDocuments, 10);
  const std::string identity = open_dataset(plain)->identity();
  test::overwrite(target_mask_path(plain.sources[0]), 1, std::string(1, '\1'));
  EXPECT_NE(open_dataset(plain)->identity(), identity);
}

TEST_F(MaskedDatasetTest, RefusesAMaskOfOtherTokens) {
  DatasetOptions damaged = options({write("a", {50})}, Packing::kDocuments, 10);
  damaged.order = Order::kSequential;
  const fs::path mask = target_mask_path(damaged.sources[0]);
  test::overwrite(mask, 27, "\x07");
  const auto dataset = open_dataset(damaged);
  EXPECT_NO_THROW(dataset->sample(0));
  EXPECT_ERROR(FormatError, "a.mask.bin: the byte of token 27 is 7, neither 0 nor 1: damaged; prepare the data again",
               dataset->sample(2));
  for (const int64_t size : {49, 51, 0}) {
    fs::resize_file(mask, static_cast<uintmax_t>(size));
    EXPECT_ERROR(FormatError, format("a.mask.bin: {} bytes, but there are 50 tokens and a byte for each", size),
                 open_dataset(damaged));
  }
}

/// Chats through prepare().
class PreparedChatsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto json = nlohmann::json::parse(tokenizer_json(
        train_bpe({{"low", 5}, {"lower", 2}, {" newest", 6}}, 265, pre_tokenizer_by_name("gpt2"), [](int64_t) {})));
    for (const char* text : {"<|im_start|>", "<|im_end|>"}) {
      auto token = json["added_tokens"][0];
      token["id"] = 265 + (text == std::string("<|im_end|>"));
      token["content"] = text;
      json["added_tokens"].push_back(token);
    }
    test::write_file(folder_ / "tokenizer.json", json.dump());
    test::write_file(folder_ / "chats.jsonl",
                     "{\"prompt\": \"q\", \"completion\": \"lower\"}\n\n"
                     "{\"prompt\": \"b\", \"completion\": \"newest\"}\n");
  }

  CorpusInfo prepare_chats(PrepareOptions options = {}) {
    if (options.chat.empty()) options.chat = "smollm2";
    if (options.inputs.empty()) options.inputs = {folder_ / "chats.jsonl"};
    options.tokenizer = folder_ / "tokenizer.json";
    options.prefix = prefix_;
    options.overwrite = true;
    return prepare(options, [](const PrepareProgress&) {});
  }

  test::TemporaryFolder folder_;
  std::string prefix_ = folder_ / "chats";
};

TEST_F(PreparedChatsTest, WriteTheMaskThatTheirInfoCounts) {
  const CorpusInfo info = prepare_chats();
  EXPECT_EQ(info.documents, 2);
  EXPECT_EQ(info.empty_documents, 1);
  EXPECT_EQ(info.chat_template, "smollm2");
  const auto read = read_corpus_info(prefix_);
  EXPECT_EQ(read->chat_template, "smollm2");
  EXPECT_EQ(read->counted_tokens, info.counted_tokens);

  const auto tokenizer = load_tokenizer(folder_ / "tokenizer.json");
  const TokenFile file(prefix_);
  EXPECT_NO_THROW(file.verify());
  std::vector<TokenId> ids(static_cast<size_t>(file.num_tokens()));
  std::vector<uint8_t> counted(ids.size());
  file.copy(0, ids);
  ASSERT_NE(file.mask(), nullptr);
  file.mask()->copy(0, counted);
  EXPECT_EQ(std::ranges::count(counted, 1), info.counted_tokens);
  std::vector<TokenId> learnt;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (counted[i] == 1) learnt.push_back(ids[i]);
  }
  EXPECT_EQ(tokenizer->decode(learnt), "lower<|im_end|>newest<|im_end|>");
}

TEST_F(PreparedChatsTest, TextInThePlaceOfChatsLeavesNoMaskBehind) {
  prepare_chats();
  test::write_file(folder_ / "text.jsonl", "{\"text\": \"low\"}\n");
  prepare({.inputs = {folder_ / "text.jsonl"},
           .tokenizer = folder_ / "tokenizer.json",
           .prefix = prefix_,
           .overwrite = true},
          [](const PrepareProgress&) {});
  EXPECT_FALSE(fs::exists(target_mask_path(prefix_)));
  EXPECT_EQ(TokenFile(prefix_).mask(), nullptr);
}

TEST_F(PreparedChatsTest, TheMaskIsPartOfTheContentHash) {
  const std::vector<TokenId> document = {1, 2};
  ContentHasher first, second;
  hash_document(first, document, std::vector<uint8_t>{0, 1});
  hash_document(second, document, std::vector<uint8_t>{1, 0});
  EXPECT_NE(first.hex(), second.hex());
}

TEST_F(PreparedChatsTest, EveryFlippedBitOfTheMaskIsFound) {
  prepare_chats();
  const fs::path path = target_mask_path(prefix_);
  const std::string whole = read_file(path);
  for (size_t bit = 0; bit < 8 * whole.size(); bit += 3) {
    test::overwrite(path, bit / 8, std::string(1, static_cast<char>(whole[bit / 8] ^ (1 << bit % 8))));
    EXPECT_THROW(TokenFile(prefix_).verify(), FormatError) << bit;
    test::write_file(path, whole);
  }
  EXPECT_NO_THROW(TokenFile(prefix_).verify());
  fs::remove(path);
  EXPECT_ERROR(IoError, "chats.mask.bin", TokenFile file(prefix_));
}

TEST_F(PreparedChatsTest, RefusesWhatIsNoChat) {
  EXPECT_ERROR(ConfigError, "chat template \"vicuna\" is not known; known are llama3",
               prepare_chats({.chat = "vicuna"}));
  EXPECT_ERROR(ConfigError, "chat template \"llama3\" writes <|begin_of_text|>, which is no special token",
               prepare_chats({.chat = "llama3"}));
  EXPECT_ERROR(UsageError, "--chat says where a chat begins and ends: leave --prepend-bos",
               prepare_chats({.append_eod = true}));
  test::write_file(folder_ / "text.txt", "low");
  EXPECT_ERROR(UsageError, "text.txt: --chat reads JSON objects", prepare_chats({.inputs = {folder_ / "text.txt"}}));
  test::write_file(folder_ / "chats.jsonl", "{\"prompt\": \"q\", \"completion\": \"a\"}\n{\"prompt\": \"q\"}\n");
  EXPECT_ERROR(FormatError, "chats.jsonl:2: completion: is missing", prepare_chats());
  EXPECT_FALSE(fs::exists(target_mask_path(prefix_)));
  EXPECT_FALSE(fs::exists(prefix_ + ".idx"));
}

}  // namespace
}  // namespace trireme::data
