#include "trireme/data/tokenizers/pre_tokenizer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "trireme/core/error.h"

namespace trireme::data {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

constexpr const char* kNames[] = {"gpt2", "smollm", "llama3", "qwen2", "cl100k", "o200k"};

Words split(const Regex& regex, std::string_view text) {
  Words words;
  WordSplitter(regex).split(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

Words split_by_name(const std::string& name, std::string_view text) {
  return split(compile_split_pattern(pre_tokenizer_by_name(name)), text);
}

PreTokenizer from_json(const Json& json) {
  return pre_tokenizer_from_json(formats::JsonView(json.dump(), "t.json"), "t.json");
}

std::string message_of(const Json& json) {
  try {
    (void)from_json(json);
  } catch (const ConfigError& problem) {
    return problem.what();
  }
  return "no error";
}

std::string random_text(std::mt19937_64& random, size_t length) {
  const std::vector<std::string> units = {" ",  "  ", "\n",   "\t", "a", "Bc", "'s",     "'ll",    "7",      "42", "!",
                                          "?.", "é",  "日本", "٣",  "½", "😀",  "\u00A0", "\u3000", "\u0301", "'",  "_"};
  std::string text;
  for (size_t i = 0; i < length; ++i) text += units[random() % units.size()];
  return text;
}

TEST(PreTokenizerTest, Gpt2CutsAsPublished) {
  EXPECT_EQ(split_by_name("gpt2", "It's  12 o'clock,\n\n  isn't it? "),
            (Words{"It", "'s", " ", " 12", " o", "'", "clock", ",", "\n\n ", " isn", "'t", " it", "?", " "}));
}

TEST(PreTokenizerTest, O200kCutsAsPublished) {
  EXPECT_EQ(split_by_name("o200k", "camelCase HTTPServer 12345 it's\n\n x"),
            (Words{"camel", "Case", " HTTPServer", " ", "123", "45", " it's", "\n\n", " x"}));
}

TEST(PreTokenizerTest, MongolianVowelSeparatorIsNoSpace) {
  // U+180E lost White_Space in Unicode 6.3; PCRE2's own \s still has it.
  EXPECT_EQ(split_by_name("gpt2", "a\u180E b"), (Words{"a", "\u180E", " b"}));
}

TEST(PreTokenizerPropertyTest, SmolLmIsDigitsFirstThenGpt2) {
  const Regex gpt2 = compile_split_pattern(pre_tokenizer_by_name("gpt2"));
  const Regex smollm = compile_split_pattern(pre_tokenizer_by_name("smollm"));
  const Regex digit(R"(\p{N})");
  std::mt19937_64 random(7);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random, 1 + random() % 24);
    Words expected;
    for (const std::string& stretch : split(digit, text)) {
      for (std::string& word : split(gpt2, stretch)) expected.push_back(std::move(word));
    }
    ASSERT_EQ(split(smollm, text), expected) << text;
  }
}

TEST(PreTokenizerPropertyTest, CutsBeforeASpaceChangeNoWord) {
  std::mt19937_64 random(8);
  for (const char* name : kNames) {
    ASSERT_TRUE(pre_tokenizer_by_name(name).may_cut_before_space);
    const Regex regex = compile_split_pattern(pre_tokenizer_by_name(name));
    for (int round = 0; round < 500; ++round) {
      const std::string text = random_text(random, 1 + random() % 16) + "x" + " " + random_text(random, random() % 16);
      const size_t cut = text.find("x ") + 1;
      Words pieces = split(regex, text.substr(0, cut));
      for (std::string& word : split(regex, text.substr(cut))) pieces.push_back(std::move(word));
      ASSERT_EQ(pieces, split(regex, text)) << name << ": " << text;
    }
  }
}

TEST(PreTokenizerTest, JsonRoundTrips) {
  for (const char* name : kNames) {
    const PreTokenizer& known = pre_tokenizer_by_name(name);
    const PreTokenizer read = from_json(pre_tokenizer_to_json(known));
    EXPECT_EQ(read.name, known.name);
    EXPECT_EQ(read.pattern, known.pattern);
  }
  const Json custom = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"}, {"pattern", {{"Regex", "\\w+"}}}, {"behavior", "Isolated"}, {"invert", false}},
        {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
  EXPECT_EQ(from_json(custom).pattern, "\\w+");
  EXPECT_FALSE(from_json(custom).may_cut_before_space);
}

TEST(PreTokenizerTest, RefusesOthersByName) {
  EXPECT_EQ(message_of({{"type", "Metaspace"}}).find("pre_tokenizer: Metaspace is not supported"), 0u);
  EXPECT_EQ(message_of({{"type", "ByteLevel"}, {"add_prefix_space", true}})
                .find("pre_tokenizer: ByteLevel with add_prefix_space is not supported"),
            0u);
  EXPECT_EQ(message_of({{"type", "Sequence"}, {"pretokenizers", {{{"type", "Whitespace"}}, {{"type", "Digits"}}}}})
                .find("pre_tokenizer: Sequence of Whitespace, Digits is not supported"),
            0u);
  EXPECT_EQ(message_of(nullptr).find("pre_tokenizer: null is not supported"), 0u);
  EXPECT_THROW((void)pre_tokenizer_by_name("deepseek"), ConfigError);
}

TEST(PreTokenizerTest, NamesABadPattern) {
  try {
    Regex bad("a(b");
    FAIL();
  } catch (const ConfigError& problem) {
    EXPECT_STREQ(problem.what(), "bad split pattern at byte 3: missing closing parenthesis: a(b");
  }
}

}  // namespace
}  // namespace trireme::data
