#include "trireme/data/tokenizer.h"

#include <gtest/gtest.h>

#include "trireme/core/hash.h"
#include "trireme/data/tokenizers/byte_tokenizer.h"
#include "unit/data/tokenizer_assets.h"

namespace trireme::data {
namespace {

using Ids = std::vector<TokenId>;

TEST(TokenizerTest, TokenizerJsonKeepsEverything) {
  const BpeTokenizer& original = smollm2();
  const fs::path folder = fs::path(testing::TempDir()) / "tokenizer_json_test";
  make_folders(folder);
  write_file_atomic(folder / "tokenizer.json", tokenizer_json(original.vocabulary()));
  const auto copy = load_tokenizer(folder.string());
  EXPECT_EQ(copy->identity(), original.identity());
  EXPECT_EQ(copy->vocab_size(), 49152);
  EXPECT_EQ(copy->eos(), 0);  // by its name, <|endoftext|>: nothing says otherwise
  write_file_atomic(folder / "tokenizer_config.json",
                    R"({"eos_token": "<|im_end|>", "bos_token": {"content": "<|im_start|>"}})");
  EXPECT_EQ(load_tokenizer(folder.string())->eos(), original.eos());
  EXPECT_EQ(load_tokenizer(folder.string())->bos(), original.bos());
  fs::remove_all(folder);
}

TEST(TokenizerTest, BrokenUtf8CountsAsReplacementCharacters) {
  const BpeTokenizer& tokenizer = gpt2();
  EXPECT_EQ(tokenizer.encode("a\xFF\xE2\x82z\xC0"), tokenizer.encode("a\uFFFD\uFFFDz\uFFFD"));
  EXPECT_EQ(tokenizer.encode("\xF0\x9F\x98"), tokenizer.encode("\uFFFD"));
  EXPECT_EQ(tokenizer.encode("\xED\xA0\x80"), tokenizer.encode("\uFFFD\uFFFD\uFFFD"));
}

TEST(TokenizerTest, LongWordsTakeNoQuadraticTime) {
  const BpeTokenizer& tokenizer = gpt2();
  for (const char* unit : {"a", " ", "ab1 ", "\n"}) {
    std::string text;
    while (text.size() < 1'000'000) text += unit;
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

TEST(TokenizerTest, PiecesCutBeforeASpaceEncodeAsTheWhole) {
  const BpeTokenizer& tokenizer = smollm2();
  const std::string text = "In 2024  the 3 \"rapid\"  fo\xC3\xA9s' tails\n\n  ran 12 times.\n Don't stop";
  const Ids whole = tokenizer.encode(text);
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] != ' ' || !std::isalnum(static_cast<unsigned char>(text[at - 1]))) continue;
    Ids ids = tokenizer.encode(text.substr(0, at));
    const Ids rest = tokenizer.encode(text.substr(at));
    ids.insert(ids.end(), rest.begin(), rest.end());
    EXPECT_EQ(ids, whole) << at;
  }
}

TEST(TokenizerTest, BytesKeepAllBytes) {
  const ByteTokenizer tokenizer;
  std::string all;
  for (int b = 0; b < 256; ++b) all += static_cast<char>(b);
  const Ids ids = tokenizer.encode(all);
  EXPECT_EQ(ids.size(), 256u);
  EXPECT_EQ(ids[200], 200);
  EXPECT_EQ(tokenizer.decode(ids), all);
  EXPECT_EQ(tokenizer.encode("a<|endoftext|>b", true), (Ids{'a', 256, 'b'}));
}

TEST(TokenizerTest, NamesIdsOutsideTheVocabulary) {
  try {
    (void)gpt2().decode(Ids{50257});
    FAIL();
  } catch (const ConfigError& problem) {
    EXPECT_STREQ(problem.what(), "token id 50257 is outside the tokenizer's vocabulary of 50257");
  }
}

}  // namespace
}  // namespace trireme::data
