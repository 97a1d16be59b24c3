#include "trireme/data/tokenizers/tokenizer_json.h"

#include <gtest/gtest.h>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "support/allocation_bound.h"
#include "support/dense_json.h"
#include "support/fuzz_rounds.h"
#include "support/temporary_folder.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/bpe_trainer.h"

namespace trireme::data {
namespace {

using Json = nlohmann::json;

BpeVocabulary small_vocabulary() {
  return train_bpe({{"low", 5}, {"lower", 2}, {" newest", 6}, {" widest", 3}}, 270, pre_tokenizer_by_name("gpt2"),
                   [](int64_t) {});
}

Json small_json() { return Json::parse(tokenizer_json(small_vocabulary())); }

std::string message_of(const Json& json) {
  try {
    (void)vocabulary_from_json(json, nullptr, "t.json");
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

std::string message_with(const std::string& pointer, Json value) {
  Json json = small_json();
  json[Json::json_pointer(pointer)] = std::move(value);
  return message_of(json);
}

TEST(TokenizerJsonTest, ReadsMergesAsPairsToo) {
  Json json = small_json();
  Json pairs = Json::array();
  for (const std::string merge : json["model"]["merges"]) {
    const auto [left, right] = split_merge(merge, "");
    pairs.push_back({left, right});
  }
  json["model"]["merges"] = pairs;
  EXPECT_EQ(BpeTokenizer(vocabulary_from_json(json, nullptr, "t.json")).identity(),
            BpeTokenizer(small_vocabulary()).identity());
}

TEST(TokenizerJsonTest, IgnoreMergesTakesWholeWords) {
  Json json = small_json();
  const TokenId id = static_cast<TokenId>(json["model"]["vocab"].size());
  json["model"]["vocab"]["xyz"] = id;  // no merge makes it
  EXPECT_EQ(BpeTokenizer(vocabulary_from_json(json, nullptr, "t.json")).encode("xyz").size(), 3u);
  json["model"]["ignore_merges"] = true;
  EXPECT_EQ(BpeTokenizer(vocabulary_from_json(json, nullptr, "t.json")).encode("xyz"), std::vector<TokenId>{id});
}

TEST(TokenizerJsonTest, AddedTokensThatAreNotSpecialAreAlwaysFound) {
  Json json = small_json();
  json["added_tokens"].push_back({{"id", 300}, {"content", "<tab>"}, {"special", false}});
  json["added_tokens"].push_back({{"id", 301}, {"content", "<tab><tab>"}, {"special", false}});
  const BpeTokenizer tokenizer(vocabulary_from_json(json, nullptr, "t.json"));
  EXPECT_EQ(tokenizer.vocab_size(), 302);
  EXPECT_EQ(tokenizer.encode("<tab><tab><tab>"), (std::vector<TokenId>{301, 300}));
  EXPECT_EQ(tokenizer.special_tokens().size(), 1u);
}

TEST(TokenizerJsonTest, FormCComesFirst) {
  Json json = small_json();
  const BpeTokenizer plain(vocabulary_from_json(json, nullptr, "t.json"));
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}}}};
  const BpeVocabulary vocabulary = vocabulary_from_json(json, nullptr, "t.json");
  const BpeTokenizer composing(vocabulary);
  EXPECT_NE(plain.encode("e\u0301"), plain.encode("\u00E9"));
  EXPECT_EQ(composing.encode("e\u0301"), plain.encode("\u00E9"));
  EXPECT_NE(composing.identity(), plain.identity());
  const Json copy = Json::parse(tokenizer_json(vocabulary));
  EXPECT_EQ(BpeTokenizer(vocabulary_from_json(copy, nullptr, "t.json")).identity(), composing.identity());
}

TEST(TokenizerJsonTest, RefusesWhatWouldChangeIds) {
  EXPECT_EQ(message_with("/model/type", "Unigram"),
            "t.json: model type Unigram is not supported, only BPE and WordPiece");
  EXPECT_EQ(message_with("/model/byte_fallback", true),
            "t.json: model.byte_fallback is not supported: name the SentencePiece tokenizer.model that it was made of");
  EXPECT_EQ(message_with("/model/dropout", 0.1), "t.json: model.dropout is not supported");
  EXPECT_EQ(message_with("/normalizer", {{"type", "NFKC"}}), "t.json: normalizer NFKC is not supported, only NFC");
  Json normalized = small_json();
  normalized["normalizer"] = {{"type", "NFC"}};
  normalized["added_tokens"][0]["normalized"] = true;
  EXPECT_EQ(message_of(normalized), "t.json: added token \"<|endoftext|>\": normalized is not supported");
  EXPECT_EQ(message_with("/added_tokens/0/lstrip", true),
            "t.json: added token \"<|endoftext|>\": lstrip is not supported");
}

TEST(TokenizerJsonTest, NamesWhatIsCorrupt) {
  EXPECT_EQ(message_with("/model/merges/0", "l"), "t.json: merge \"l\" is not two tokens with a space between");
  EXPECT_EQ(message_with("/model/merges/0", "l Q9"), "t.json: merge 0 needs \"Q9\", which is not in the vocabulary");
  EXPECT_EQ(message_with("/model/vocab/zz", -4), "t.json: token \"zz\" has id -4");
  EXPECT_EQ(message_with("/model/vocab/zz", 65000), "t.json: token \"zz\" has id 65000");
  EXPECT_EQ(message_with("/model/vocab/zz", 7).find("t.json: id 7 is both"), 0u);
  EXPECT_EQ(message_with("/model/vocab/\u65E5", 400), "t.json: \"\u65E5\" is not in the byte-level alphabet");
  EXPECT_EQ(message_of(Json::object()).find("t.json: not a tokenizer.json"), 0u);
}

/// The tree of the file and, beside it, the tables of the tokenizer. Gaps in the ids, of at most 1024, and a first
/// text's expression and scratch do not depend on the file.
constexpr test::AllocationLimit kTokenizerLimit = {.per_byte = test::kJsonTreeLimit.per_byte, .fixed = 256 << 10};

TEST(TokenizerJsonTest, DenseFilesTakeBoundedMemory) {
  BpeVocabulary large = small_vocabulary();
  for (int i = 0; i < 5000; ++i) large.tokens.push_back(std::to_string(10'000 + i));
  std::vector<std::string> texts = test::dense_json(100'000);
  texts.push_back(Json::parse(tokenizer_json(large)).dump());
  const test::TemporaryFolder folder;
  for (const std::string& text : texts) {
    test::write_file(folder / "tokenizer.json", text);
    const test::AllocationBound bound(text.size(), kTokenizerLimit);
    try {
      EXPECT_EQ(read_tokenizer_json(folder / "tokenizer.json")->vocab_size(), 5270);
    } catch (const Error&) {
    }
  }
}

TEST(TokenizerJsonFuzzTest, DamagedFilesAreRefusedOrRead) {
  const std::string good = tokenizer_json(small_vocabulary());
  std::mt19937_64 random(11);
  for (test::FuzzRounds rounds(200); rounds.next();) {
    std::string text = good;
    for (uint64_t n = 1 + random() % 3; n > 0; --n) text[random() % text.size()] = static_cast<char>(random());
    const test::AllocationBound bound(text.size(), kTokenizerLimit);
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) continue;
    try {
      const BpeTokenizer tokenizer(vocabulary_from_json(json, nullptr, "t.json"));
      (void)tokenizer.encode("the lowest newest wid\xFFth <|endoftext|>", true);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace trireme::data
