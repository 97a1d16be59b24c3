#include "trireme/data/tokenizers/word_piece.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "support/expect_error.h"
#include "support/mutate.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"
#include "trireme/data/tokenizers/tokenizer_json.h"

namespace trireme::data {
namespace {

using Ids = std::vector<TokenId>;
using Json = nlohmann::json;

enum : TokenId { kUnknown = 0, kSeparator, kUn, kAff, kAble, kAffable, kComma, kE, kDay, kI, kDot };

Json small_json() {
  Json json = Json::parse(R"({
    "added_tokens": [{"id": 0, "content": "[UNK]", "special": true}, {"id": 1, "content": "[SEP]", "special": true}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                   "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 10}})");
  const std::vector<std::string> tokens = {"[UNK]", "[SEP]", "un",     "##aff", "##able", "affable",
                                           ",",     "e",     "\u65E5", "##i",   "."};
  for (size_t id = 0; id < tokens.size(); ++id) json["model"]["vocab"][tokens[id]] = id;
  return json;
}

std::unique_ptr<Tokenizer> read(const Json& json) {
  return tokenizer_from_json(formats::JsonView(json.dump(), "t.json"), {}, "t.json");
}

std::unique_ptr<Tokenizer> with(const std::string& pointer, const Json& value) {
  Json json = small_json();
  json[Json::json_pointer(pointer)] = value;
  return read(json);
}

TEST(WordPieceTest, TakesTheLongestTokenFromTheLeft) {
  const auto tokenizer = read(small_json());
  EXPECT_EQ(tokenizer->encode("unaffable affable"), (Ids{kUn, kAff, kAble, kAffable}));
  EXPECT_EQ(tokenizer->encode("un, un"), (Ids{kUn, kComma, kUn}));
  EXPECT_EQ(tokenizer->encode("unaffables un"), (Ids{kUnknown, kUn}));  // all of a word or nothing
  EXPECT_EQ(tokenizer->encode("ununununununun"), Ids{kUnknown});        // too long
  EXPECT_EQ(tokenizer->encode(" \t\n"), Ids{});
}

TEST(WordPieceTest, CleansTextAsBertDoes) {
  const auto tokenizer = read(small_json());
  EXPECT_EQ(tokenizer->encode("UN\u00C9 un\u0301"), (Ids{kUnknown, kUn}));
  EXPECT_EQ(tokenizer->encode("\u00C9 e\u0301"), (Ids{kE, kE}));
  EXPECT_EQ(tokenizer->encode("e\u65E5e"), (Ids{kE, kDay, kE}));
  EXPECT_EQ(tokenizer->encode("u\u00ADn\u0001 un\u00A0un\xFF"), (Ids{kUn, kUn, kUn}));
  EXPECT_EQ(tokenizer->encode("un\u3001un"), (Ids{kUn, kUnknown, kUn}));  // punctuation is a word
}

TEST(WordPieceTest, EachFlagOfTheNormalizerCounts) {
  EXPECT_EQ(with("/normalizer/lowercase", false)->encode("E e\u0301"), (Ids{kUnknown, kUnknown}));
  EXPECT_EQ(with("/normalizer/strip_accents", false)->encode("E e\u0301"), (Ids{kE, kUnknown}));
  EXPECT_EQ(with("/normalizer/clean_text", false)->encode("u\u00ADn"), Ids{kUnknown});
  EXPECT_EQ(with("/normalizer/handle_chinese_chars", false)->encode("e\u65E5"), Ids{kUnknown});
  std::vector<std::string> identities = {read(small_json())->identity()};
  for (const char* flag : {"lowercase", "strip_accents", "clean_text", "handle_chinese_chars"}) {
    identities.push_back(with(std::string("/normalizer/") + flag, false)->identity());
  }
  std::sort(identities.begin(), identities.end());
  EXPECT_EQ(std::unique(identities.begin(), identities.end()), identities.end());
}

TEST(WordPieceTest, DecodesWordsWithSpacesBetween) {
  const auto tokenizer = read(small_json());
  EXPECT_EQ(tokenizer->decode(Ids{kUn, kAff, kAble, kComma, kAffable, kDot, kSeparator}), "unaffable, affable. [SEP]");
  EXPECT_EQ(tokenizer->decode(Ids{kAble, kUn}), "##able un");  // as there: only what follows a token joins it
  EXPECT_ERROR(ConfigError, "token id 11 is outside the tokenizer's vocabulary of 11", tokenizer->decode(Ids{11}));
}

TEST(WordPieceTest, SpecialTokensAreFoundWhereAllowed) {
  const auto tokenizer = read(small_json());
  EXPECT_EQ(tokenizer->encode("un [SEP]e", true), (Ids{kUn, kSeparator, kE}));
  EXPECT_EQ(tokenizer->encode("[SEP]", false).size(), 3u);
  EXPECT_EQ(tokenizer->eos(), std::nullopt);
  EXPECT_TRUE(tokenizer->may_cut_before_space());
}

TEST(WordPieceTest, RefusesWhatWouldChangeIds) {
  EXPECT_ERROR(ConfigError, "t.json: normalizer NFC is not supported with a WordPiece model, only BertNormalizer",
               with("/normalizer/type", "NFC"));
  EXPECT_ERROR(ConfigError, "t.json: pre_tokenizer null is not supported with a WordPiece model, only BertPreTokenizer",
               with("/pre_tokenizer", nullptr));
  EXPECT_ERROR(ConfigError, "t.json: the unknown token \"<unk>\" is not in the vocabulary",
               with("/model/unk_token", "<unk>"));
  EXPECT_ERROR(ConfigError, "t.json: added token \"[SEP]\": normalized is not supported",
               with("/added_tokens/1/normalized", true));
  EXPECT_ERROR(FormatError, "t.json: token \"un\" has id -1", with("/model/vocab/un", -1));
  EXPECT_ERROR(FormatError, "t.json: id 3 is both", with("/model/vocab/un", 3));
  EXPECT_ERROR(FormatError, "t.json: model.vocab.un: expected a whole number, got \"x\"", with("/model/vocab/un", "x"));
}

TEST(WordPieceFuzzTest, DamagedFilesAreRefusedOrRead) {
  const std::string good = small_json().dump();
  std::mt19937 random(9);
  for (int round = 0; round < 1000 * test::test_scale(); ++round) {
    const Json json = Json::parse(test::mutate(good, random), nullptr, false);
    if (json.is_discarded()) continue;
    try {
      const auto tokenizer = read(json);
      (void)tokenizer->decode(tokenizer->encode("Un\u00E9 unaffable,\u65E5 [SEP]\xFF", true));
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace trireme::data
