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

BpeVocabulary read(const Json& json) {
  return vocabulary_from_json(formats::JsonView(json.dump(), "t.json"), {}, "t.json");
}

std::string message_of(const Json& json) {
  try {
    (void)read(json);
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
  EXPECT_EQ(BpeTokenizer(read(json)).identity(), BpeTokenizer(small_vocabulary()).identity());
}

TEST(TokenizerJsonTest, IgnoreMergesTakesWholeWords) {
  Json json = small_json();
  const TokenId id = static_cast<TokenId>(json["model"]["vocab"].size());
  json["model"]["vocab"]["xyz"] = id;  // no merge makes it
  EXPECT_EQ(BpeTokenizer(read(json)).encode("xyz").size(), 3u);
  json["model"]["ignore_merges"] = true;
  EXPECT_EQ(BpeTokenizer(read(json)).encode("xyz"), std::vector<TokenId>{id});
}

TEST(TokenizerJsonTest, AddedTokensThatAreNotSpecialAreAlwaysFound) {
  Json json = small_json();
  json["added_tokens"].push_back({{"id", 300}, {"content", "<tab>"}, {"special", false}});
  json["added_tokens"].push_back({{"id", 301}, {"content", "<tab><tab>"}, {"special", false}});
  const BpeTokenizer tokenizer(read(json));
  EXPECT_EQ(tokenizer.vocab_size(), 302);
  EXPECT_EQ(tokenizer.encode("<tab><tab><tab>"), (std::vector<TokenId>{301, 300}));
  EXPECT_EQ(tokenizer.special_tokens().size(), 1u);
}

TEST(TokenizerJsonTest, FormCComesFirst) {
  Json json = small_json();
  const BpeTokenizer plain(read(json));
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}}}};
  const BpeVocabulary vocabulary = read(json);
  const BpeTokenizer composing(vocabulary);
  EXPECT_NE(plain.encode("e\u0301"), plain.encode("\u00E9"));
  EXPECT_EQ(composing.encode("e\u0301"), plain.encode("\u00E9"));
  EXPECT_NE(composing.identity(), plain.identity());
  const Json copy = Json::parse(tokenizer_json(vocabulary));
  EXPECT_EQ(BpeTokenizer(read(copy)).identity(), composing.identity());
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
  EXPECT_EQ(message_of(Json::object()), "t.json: model: is missing");
  EXPECT_EQ(message_with("/model/merges/0", {"l"}), "t.json: merge [\"l\"] is not two tokens");
  EXPECT_EQ(message_with("/model/merges/1", small_json()["model"]["merges"][0]).find("t.json: the merge of"), 0u);
}

/// A token is a string of 32 bytes beside tables of ids, a merge takes 44, and their text is as short as 6. Gaps in the
/// ids, of at most 1024, and a first text's expression and scratch do not depend on the file. An added token is kept
/// four times, and once more in each of two expressions.
constexpr test::AllocationLimit kTokenizerLimit = {.per_byte = 8, .fixed = 256 << 10};

/// With `vocab` and `merges` in place of those of the small one, and no added tokens.
std::string with_model(const std::string& vocab, const std::string& merges) {
  Json json = small_json();
  json["added_tokens"] = Json::array();
  json["model"]["vocab"] = "VOCAB";
  json["model"]["merges"] = "MERGES";
  std::string text = json.dump();
  text.replace(text.find("\"VOCAB\""), 7, "{" + vocab + "}");
  return text.replace(text.find("\"MERGES\""), 8, "[" + merges + "]");
}

/// Every text of up to three of 20 letters is a token, and every cut of one in two a merge: no file has more to one
/// of its bytes.
std::string dense_model() {
  std::string vocab, merges;
  std::vector<std::string> shorter = {""};
  for (int id = 0, length = 1; length <= 3; ++length) {
    std::vector<std::string> longer;
    for (const std::string& begin : shorter) {
      for (char c = 'a'; c < 'a' + 20; ++c) longer.push_back(begin + c);
    }
    for (const std::string& token : longer) {
      vocab += format("\"{}\":{},", token, id++);
      for (size_t cut = 1; cut < token.size(); ++cut)
        merges += format("\"{} {}\",", token.substr(0, cut), token.substr(cut));
    }
    shorter = std::move(longer);
  }
  vocab.pop_back(), merges.pop_back();
  return with_model(vocab, merges);
}

std::string dense_added_tokens() {
  Json json = small_json();
  for (int i = 0; i < 1000; ++i) json["added_tokens"].push_back({{"id", 270 + i}, {"content", std::to_string(i)}});
  return json.dump();
}

TEST(TokenizerJsonTest, DenseAddedTokensTakeBoundedMemory) {
  const test::TemporaryFolder folder;
  const std::string text = dense_added_tokens();
  test::write_file(folder / "tokenizer.json", text);
  const test::AllocationBound bound(text.size(), {.per_byte = 24, .fixed = kTokenizerLimit.fixed});
  EXPECT_EQ(read_tokenizer_json(folder / "tokenizer.json")->vocab_size(), 1270);
}

TEST(TokenizerJsonTest, DenseFilesTakeBoundedMemory) {
  BpeVocabulary large = small_vocabulary();
  for (int i = 0; i < 5000; ++i) large.tokens.push_back(std::to_string(10'000 + i));
  std::vector<std::string> texts = test::dense_json(100'000);
  texts.push_back(with_model(test::repeated(R"("":0,)", 100'000) + R"("a":29999)", ""));
  texts.push_back(with_model(test::repeated(R"("":0,)", 100'000) + R"("a":1)", ""));
  for (const char* merge : {"0", R"("a b")", "{}"}) {
    texts.push_back(with_model(R"("a":0,"b":1,"ab":2)", test::repeated(merge + std::string(","), 100'000) + merge));
  }
  texts.push_back(dense_model());
  texts.push_back(Json::parse(tokenizer_json(large)).dump());
  const test::TemporaryFolder folder;
  size_t read = 0;
  for (const std::string& text : texts) {
    test::write_file(folder / "tokenizer.json", text);
    const test::AllocationBound bound(text.size(), kTokenizerLimit);
    try {
      EXPECT_GE(read_tokenizer_json(folder / "tokenizer.json")->vocab_size(), 2);
      ++read;
    } catch (const Error&) {
    }
  }
  EXPECT_EQ(read, 3u);
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
      const BpeTokenizer tokenizer(read(json));
      (void)tokenizer.encode("the lowest newest wid\xFFth <|endoftext|>", true);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace trireme::data
