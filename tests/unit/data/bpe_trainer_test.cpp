#include "trireme/data/tokenizers/bpe_trainer.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <fstream>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/data/tokenizers/byte_level.h"
#include "unit/data/tokenizer_assets.h"

namespace trireme::data {
namespace {

fs::path write_text(const std::string& name, std::string_view text) {
  const fs::path path = fs::path(testing::TempDir()) / format("{}_{}.txt", name, ::getpid());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

WordCounts counts_of(const fs::path& path, int64_t workers = 1) {
  const PreTokenizer& rule = pre_tokenizer_by_name("gpt2");
  TextReader reader({path.string()}, {.split_on = {}, .may_cut = true});
  return count_words(reader, rule, "text", workers, [](const TextReader&) {});
}

std::string merges_text(const BpeVocabulary& vocabulary) {
  std::string text;
  for (const Merge& merge : vocabulary.merges) {
    text += (text.empty() ? "" : "\n") + bytes_to_byte_level(vocabulary.tokens[static_cast<size_t>(merge.left)]) + " " +
            bytes_to_byte_level(vocabulary.tokens[static_cast<size_t>(merge.right)]);
  }
  return text;
}

BpeVocabulary train(const WordCounts& words, int64_t vocab_size) {
  return train_bpe(words, vocab_size, pre_tokenizer_by_name("gpt2"), [](int64_t) {});
}

// Expected values: BpeTrainer of Hugging Face tokenizers 0.23.3, initial_alphabet = ByteLevel.alphabet().
TEST(BpeTrainerTest, LearnsWhatHuggingFaceLearns) {
  const fs::path path = write_text("trainer_corpus", gcide_slice(20'000'000, 65536));
  const BpeVocabulary vocabulary = train(counts_of(path), 1000);
  EXPECT_EQ(vocabulary.merges.size(), 743u);
  EXPECT_EQ(content_hash(merges_text(vocabulary)), "eb107806fcfd02069c47b5b2049b6d5d");
  fs::remove(path);
}

TEST(BpeTrainerTest, OverlappingPairsAreCountedFromTheLeft) {
  const fs::path path = write_text("trainer_overlap", "aaaa aaaaa aaa bbaabbaa abab ba");
  EXPECT_EQ(merges_text(train(counts_of(path), 265)), "a a\na b\nb b\nĠ aa\nbb aa\nb a\nĠ ab\nĠ bbaa");
  fs::remove(path);
}

TEST(BpeTrainerTest, StartsWithEndOfTextAndAllBytes) {
  const BpeVocabulary vocabulary = train({{"ab", 2}}, 257);
  EXPECT_EQ(vocabulary.tokens.size(), 257u);
  EXPECT_EQ(vocabulary.tokens[0], "<|endoftext|>");
  EXPECT_EQ(vocabulary.tokens[1], "!");
  const BpeTokenizer tokenizer(vocabulary);
  std::string all;
  for (int byte = 0; byte < 128; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(all)), all);
  EXPECT_EQ(tokenizer.eos(), 0);
}

TEST(BpeTrainerTest, StopsWhenNoPairIsLeft) { EXPECT_EQ(train({{"abc", 1}}, 5000).tokens.size(), 259u); }

TEST(BpeTrainerTest, CountsDoNotDependOnWorkers) {
  std::string text;
  for (int64_t i = 0; text.size() < 5'000'000; ++i) text += format("word{} and {} ", i % 1000, i * 7919 % 10007);
  const fs::path path = write_text("trainer_workers", text);
  EXPECT_EQ(counts_of(path, 1), counts_of(path, 4));
  fs::remove(path);
}

TEST(BpeTrainerTest, RefusesAVocabularyBelowTheBytes) {
  try {
    (void)train({{"ab", 1}}, 256);
    FAIL();
  } catch (const ConfigError& problem) {
    EXPECT_STREQ(problem.what(), "a vocabulary of 256 is too small: <|endoftext|> and the 256 bytes take 257");
  }
}

}  // namespace
}  // namespace trireme::data
