#include "trireme/data/choice_questions.h"

#include <gtest/gtest.h>
#include <random>

#include "support/expect_error.h"
#include "support/mutate.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"

namespace trireme::data {
namespace {

/// Words are tokens, and so is a space with the word behind it: as in GPT-2, "a b" is "a", " b".
class WordTokenizer : public Tokenizer {
 public:
  WordTokenizer() : Tokenizer({1 << 20, {}, {}, {}, "words", false}) {}
  std::unique_ptr<Encoder> make_encoder() const override { return std::make_unique<Words>(); }

 private:
  std::string decode_known(std::span<const TokenId>) const override { return {}; }

  struct Words : Encoder {
    void encode(std::string_view text, bool, std::vector<TokenId>& ids) override {
      for (size_t begin = 0; begin < text.size();) {
        size_t end = begin + 1;
        while (end < text.size() && text[end] != ' ') ++end;
        ids.push_back(static_cast<TokenId>(std::hash<std::string_view>()(text.substr(begin, end - begin)) >> 44));
        begin = end;
      }
    }
  };
};

TEST(ChoiceQuestionsTest, TheSpaceBelongsToTheChoice) {
  const WordTokenizer words;
  const std::vector<TokenId> expected = words.encode("one two three");
  for (const auto& [context, choice] : {std::pair("one two", "three"), {"one two ", "three"}, {"one two", " three"}}) {
    const Continuation found = encode_choice(words, context, choice, std::nullopt);
    EXPECT_EQ(found.ids, expected) << context << "|" << choice;
    EXPECT_EQ(found.first, 2u);
  }
  const Continuation begun = encode_choice(words, "one", "two three", 7);
  EXPECT_EQ(begun.ids.front(), 7);
  EXPECT_EQ(begun.first, 2u);
}

TEST(ChoiceQuestionsTest, JudgesFromWhereTheIdsPart) {
  // " tw\no" is one token: it is judged though it begins in the context.
  const Continuation found = encode_choice(WordTokenizer(), "one tw\n", "o", std::nullopt);
  EXPECT_EQ(found.first, 1u);
}

TEST(ChoiceQuestionsTest, AnEmptyContextNeedsAToken) {
  EXPECT_ERROR(ConfigError, "a choice without context needs a token to begin with",
               encode_choice(WordTokenizer(), " ", "x", std::nullopt));
  EXPECT_EQ(encode_choice(WordTokenizer(), "", "x", 3).first, 1u);
}

TEST(ChoiceQuestionsTest, FuzzedFileEndsInAnError) {
  const test::TemporaryFolder folder;
  const std::string good = R"({"question": "a", "choices": ["b", "c"], "answer": 1, "id": "x"})"
                           "\n"
                           R"({"context": "d", "choices": ["e", "f", "g"], "answer": 0})";
  const fs::path path = folder / "q.jsonl";
  test::write_file(path, good);
  EXPECT_EQ(read_choice_questions(path).size(), 2u);
  std::mt19937 random(31);
  for (int round = 0; round < 300 * test::test_scale(); ++round) {
    test::write_file(path, test::mutate(good, random));
    try {
      for (const ChoiceQuestion& question : read_choice_questions(path)) {
        EXPECT_LT(question.answer, question.choices.size());
      }
    } catch (const FormatError&) {
    }
  }
}

}  // namespace
}  // namespace trireme::data
