#include <gtest/gtest.h>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <map>
#include <sstream>

#include "support/temporary_folder.h"
#include "trireme/core/hash.h"
#include "trireme/data/prepare.h"
#include "unit/data/tokenizer_assets.h"

namespace trireme::data {
namespace {

using Ids = std::vector<TokenId>;

/// Holds each encoding to the ids of the library that it comes from (tests/data/make_tokenizer_vectors.py).
class TokenizerReferenceTest : public ::testing::TestWithParam<std::string> {
 protected:
  void expect_corpus(size_t index, std::string_view text) {
    const auto corpus = vectors_["corpora"][index];
    ASSERT_EQ(content_hash(text), corpus["xxh3"].get<std::string>())
        << corpus["name"] << ": another version of the package";
    Ids ids;
    const std::clock_t start = std::clock();  // of this process, so that neighbours don't count
    encoder_->encode(text, false, ids);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (text.size() > 1'000'000) expect_speed(static_cast<double>(text.size()) / 1e6 / seconds);
    EXPECT_EQ(ids.size(), corpus[GetParam()]["n"]);
    EXPECT_EQ(content_hash(std::as_bytes(std::span(ids))), corpus[GetParam()]["ids_xxh3"].get<std::string>());
  }

  /// In megabytes a second on a core.
  void expect_speed([[maybe_unused]] double rate) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    std::printf("%s: %.1f MB/s\n", GetParam().c_str(), rate);
    EXPECT_GE(rate, 8);
#endif
  }

  const nlohmann::json vectors_ = tokenizer_vectors();
  const Tokenizer& tokenizer_ = tokenizer_named(GetParam().c_str());
  const std::unique_ptr<Encoder> encoder_ = tokenizer_.make_encoder();
};

TEST_P(TokenizerReferenceTest, EncodesAllTextsAlike) {
  ASSERT_EQ(vectors_["vectors"].size(), 51u);
  for (const auto& vector : vectors_["vectors"]) {
    const std::string text = vector["text"];
    Ids ids;
    encoder_->encode(text, false, ids);
    EXPECT_EQ(ids, vector[GetParam()].get<Ids>()) << text;
  }
}

TEST_P(TokenizerReferenceTest, DecodesAllTextsAlike) {
  for (size_t i = 0; i < vectors_["vectors"].size(); ++i) {
    const auto& vector = vectors_["vectors"][i];
    const std::string text = tokenizer_.decode(vector[GetParam()].get<Ids>());
    if (vectors_["decoded"][i].contains(GetParam())) {
      EXPECT_EQ(text, vectors_["decoded"][i][GetParam()].get<std::string>());
    } else if (GetParam() != "smollm2" && GetParam() != "qwen3") {  // one lacks some bytes, one composes characters
      EXPECT_EQ(text, vector["text"].get<std::string>());
    }
  }
}

TEST_P(TokenizerReferenceTest, FindsSpecialTokensWhereAllowed) {
  for (const auto& vector : vectors_["special"]) {
    if (!vector.contains(GetParam())) continue;
    const std::string text = vector["text"];
    EXPECT_EQ(tokenizer_.encode(text, true), vector[GetParam()].get<Ids>());
    EXPECT_EQ(tokenizer_.decode(tokenizer_.encode(text, true)), text);
    EXPECT_NE(tokenizer_.encode(text, false), tokenizer_.encode(text, true));
  }
}

TEST_P(TokenizerReferenceTest, KnowsItsEnds) {
  struct Ends {
    std::optional<TokenId> bos, eos;
    int64_t vocab_size;
  };
  const std::map<std::string, Ends> ends = {{"smollm2", {1, 2, 49152}},
                                            {"gpt2", {{}, 50256, 50257}},
                                            {"cl100k_base", {{}, 100257, 100277}},
                                            {"o200k_base", {{}, 199999, 200019}},
                                            {"qwen3", {{}, 151645, 151669}},
                                            {"llama3", {128000, 128001, 128256}},
                                            {"mistral_v1", {1, 2, 32000}},
                                            {"mistral_v3", {1, 2, 32768}},
                                            {"bert", {{}, {}, 30522}},
                                            {"llama2", {1, 2, 32000}}};
  const Ends& expected = ends.at(GetParam());
  EXPECT_EQ(tokenizer_.bos(), expected.bos);
  EXPECT_EQ(tokenizer_.eos(), expected.eos);
  EXPECT_EQ(tokenizer_.vocab_size(), expected.vocab_size);
  EXPECT_EQ(tokenizer_.identity(), make_tokenizer(GetParam())->identity());
}

TEST_P(TokenizerReferenceTest, PiecesOfATextEncodeAsTheWholeWhereItMayBeCut) {
  const bool is_sentence_piece = GetParam().starts_with("mistral") || GetParam() == "llama2";
  EXPECT_EQ(tokenizer_.may_cut_before_space(), !is_sentence_piece);
  if (!tokenizer_.may_cut_before_space()) return;
  const std::string_view text = std::string_view(handbook_text()).substr(5'000'000, 200'000);
  Ids pieces;
  for (size_t begin = 0, at = 1; at <= text.size(); ++at) {
    const bool cut = at == text.size() || (text[at] == ' ' && std::isalnum(static_cast<unsigned char>(text[at - 1])));
    if (!cut) continue;
    encoder_->encode(text.substr(begin, at - begin), false, pieces);
    begin = at;
  }
  EXPECT_EQ(pieces, tokenizer_.encode(text));
}

TEST_P(TokenizerReferenceTest, PreparesTheSameIdsInPieces) {
  if (GetParam() == "gpt2") return;  // two files, which no name stands for
  const test::TemporaryFolder folder;
  const std::string_view text = gcide_slice(20'000'000, 2'500'000);
  test::write_file(folder / "text.txt", text);
  PrepareOptions options;
  options.inputs = {folder / "text.txt"};
  options.tokenizer = tokenizer_asset(GetParam());
  options.prefix = folder / "corpus";
  options.workers = 2;
  const CorpusInfo info = prepare(options, [](const PrepareProgress&) {});
  ContentHasher hasher;
  hash_document(hasher, tokenizer_.encode(text));
  EXPECT_EQ(info.content_hash, hasher.hex());
}

TEST_P(TokenizerReferenceTest, EncodesEnglishAlikeAt8MegabytesASecond) {
  expect_corpus(1, gcide_slice(size_t{8} << 20, size_t{8} << 20));
  expect_corpus(0, gcide_slice(20'000'000, 65536));
}

TEST_P(TokenizerReferenceTest, Encodes26LanguagesAlikeAt8MegabytesASecond) { expect_corpus(2, handbook_text()); }

TEST(Llama2VocabularyTest, GivesLlamaCppsOwnIds) {
  const Tokenizer& tokenizer = tokenizer_named("llama2");
  const std::string path = tokenizer_asset("llama2");
  const std::string texts = read_file(path + ".inp"), separator = "\n__ggml_vocab_test__\n";
  std::istringstream lines(read_file(path + ".out"));
  size_t begin = 0, compared = 0;
  for (size_t end; (end = texts.find(separator, begin)) != texts.npos; begin = end + separator.size(), ++compared) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    std::istringstream ids(line);
    EXPECT_EQ(tokenizer.encode(texts.substr(begin, end - begin)), Ids(std::istream_iterator<TokenId>(ids), {}));
  }
  EXPECT_EQ(compared, 46u);
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerReferenceTest,
                         ::testing::Values("smollm2", "gpt2", "cl100k_base", "o200k_base", "qwen3", "llama3", "llama2",
                                           "mistral_v1", "mistral_v3", "bert"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace trireme::data
