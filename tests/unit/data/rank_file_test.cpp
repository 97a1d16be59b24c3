#include "trireme/data/tokenizers/rank_file.h"

#include <gtest/gtest.h>
#include <random>

#include "support/expect_error.h"
#include "support/mutate.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "unit/data/tokenizer_assets.h"

namespace trireme::data {
namespace {

std::string cl100k() { return read_file(asset("tiktoken/cl100k_base.tiktoken")); }

std::string first_lines(const std::string& text, size_t count) {
  size_t end = 0;
  for (; count > 0; --count) end = text.find('\n', end) + 1;
  return text.substr(0, end);
}

BpeVocabulary read(const std::string& content) { return vocabulary_from_ranks(content, "cl100k_base", "r"); }

TEST(RankFileTest, TheSameRanksHaveTheSameIdentity) {
  const std::string content = cl100k();
  const std::string identity = BpeTokenizer(read(content)).identity();
  EXPECT_EQ(load_tokenizer(asset("tiktoken/cl100k_base.tiktoken").string())->identity(), identity);
  BpeVocabulary other = read(content);
  std::swap(other.tokens[1000], other.tokens[1001]);
  EXPECT_NE(BpeTokenizer(std::move(other)).identity(), identity);
}

TEST(RankFileTest, NamesTheLineThatIsWrong) {
  const auto line = [](const std::string& text) { return first_lines(cl100k(), 2) + text + "\n"; };
  for (const char* wrong : {"Iw==", "Iw= 2", "I?== 2", "Iw== two", "Iw== 2 ", " 2", "Iw==  2"}) {
    EXPECT_ERROR(FormatError, "r:3: not a token in base64, a space and a rank", read(line(wrong)));
  }
  EXPECT_ERROR(FormatError, "r:3: rank 7 where 2 follows", read(line("Iw== 7")));
  EXPECT_ERROR(FormatError, "r:3: rank -2 where 2 follows", read(line("Iw== -2")));
  EXPECT_ERROR(FormatError, "r:3: the token is there twice", read(line("Ig== 2")));
  EXPECT_ERROR(FormatError, "r: holds 2 ranks, but cl100k_base has 100256", read(first_lines(cl100k(), 2)));
  std::string content = cl100k();
  content.replace(content.find("Ig== 1\n"), 4, "IiIiIiIiIiIi");
  EXPECT_ERROR(FormatError, "r: the byte 34 is not a token", read(content));
}

TEST(RankFileTest, TheNameOfTheFileSaysWhichEncodingItIs) {
  const test::TemporaryFolder folder;
  test::write_file(folder / "mine.tiktoken", "IQ== 0\n");
  EXPECT_ERROR(ConfigError, "mine.tiktoken: a rank file says neither how to cut text nor which tokens are special",
               load_tokenizer(folder / "mine.tiktoken"));
  EXPECT_ERROR(ConfigError, "known encoding: cl100k_base.tiktoken, o200k_base.tiktoken",
               load_tokenizer(folder / "mine.tiktoken"));
  EXPECT_ERROR(IoError, "o200k_base.tiktoken", load_tokenizer(folder / "o200k_base.tiktoken"));
}

TEST(RankFileFuzzTest, DamagedLinesAreRefused) {
  const std::string lines = first_lines(cl100k(), 40);
  std::mt19937 random(3);
  for (int round = 0; round < 2000 * test::test_scale(); ++round) {
    EXPECT_ERROR(FormatError, "r:", read(test::mutate(lines, random)));
  }
}

}  // namespace
}  // namespace trireme::data
