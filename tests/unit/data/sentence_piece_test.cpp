#include "trireme/data/tokenizers/sentence_piece.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "support/expect_error.h"
#include "support/mutate.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"
#include "trireme/formats/gguf_sentence_piece.h"
#include "trireme/formats/protobuf_writer.h"

namespace trireme::data {
namespace {

using Ids = std::vector<TokenId>;
using Kind = SentencePiece::Kind;

std::string number(uint64_t field, uint64_t value) { return formats::protobuf_number(field, value); }
std::string block(uint64_t field, const std::string& bytes) { return formats::protobuf_bytes(field, bytes); }

std::string piece(const std::string& text, float score, Kind kind) {
  return block(1, block(1, text) + formats::protobuf_float(2, score) + number(3, static_cast<uint64_t>(kind)));
}

const std::string kBpeWithBytes = number(3, 2) + number(35, 1);
const std::string kUnchanged = block(1, "identity") + number(4, 0);

/// <unk>, <s>, </s>, "<sep>" that a user defined, then the 256 bytes (ids from 4), then pieces from 260.
std::string model_with(const std::vector<std::pair<std::string, float>>& normal,
                       const std::string& trainer = kBpeWithBytes, const std::string& normalizer = kUnchanged) {
  std::string bytes = piece("<unk>", 0, Kind::kUnknown) + piece("<s>", 0, Kind::kControl) +
                      piece("</s>", 0, Kind::kControl) + piece("<sep>", 0, Kind::kUserDefined);
  for (int byte = 0; byte < 256; ++byte) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    bytes += piece(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">", 0, Kind::kByte);
  }
  for (const auto& [text, score] : normal) bytes += piece(text, score, Kind::kNormal);
  return bytes + block(2, trainer) + block(3, normalizer);
}

const std::vector<std::pair<std::string, float>> kPieces = {
    {"\u2581", -9}, {"a", -8}, {"b", -7}, {"ab", -1}, {"\u2581a", -2}, {"ba", -1}, {"\u2581\u2581", -3}};
constexpr TokenId kSpace = 260, kA = 261, kB = 262, kAb = 263, kSpaceA = 264, kBa = 265, kTwoSpaces = 266;

SentencePieceTokenizer read(const std::string& content) {
  return SentencePieceTokenizer(formats::sentence_piece_model_from(content, "m"), "m");
}

TEST(SentencePieceTest, HighestScoreJoinsFirstThenTheLeftmost) {
  const SentencePieceTokenizer tokenizer = read(model_with(kPieces));
  EXPECT_EQ(tokenizer.encode("ab"), (Ids{kSpace, kAb}));       // "ab" before "\u2581a"
  EXPECT_EQ(tokenizer.encode("aba"), (Ids{kSpace, kAb, kA}));  // "ab" and "ba" score alike
  EXPECT_EQ(tokenizer.encode("bba"), (Ids{kSpace, kB, kBa}));
  EXPECT_EQ(tokenizer.encode("a  a"), (Ids{kSpaceA, kSpace, kSpaceA}));
  EXPECT_EQ(tokenizer.encode("  b"), (Ids{kTwoSpaces, kSpace, kB}));
  EXPECT_EQ(tokenizer.encode(""), Ids{});
}

TEST(SentencePieceTest, CharactersWithoutAPieceBecomeTheirBytes) {
  const SentencePieceTokenizer tokenizer = read(model_with(kPieces));
  EXPECT_EQ(tokenizer.encode("\u00E9"), (Ids{kSpace, 4 + 0xC3, 4 + 0xA9}));
  EXPECT_EQ(tokenizer.encode("\xFF"), tokenizer.encode("\uFFFD"));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("\u65E5 a\n\tb")), "\u65E5 a\n\tb");
  EXPECT_EQ(tokenizer.decode(Ids{4 + 0xC3}), "\xC3");
}

TEST(SentencePieceTest, UserDefinedPiecesAreAlwaysFoundAndControlPiecesWhereAllowed) {
  const SentencePieceTokenizer tokenizer = read(model_with(kPieces));
  EXPECT_EQ(tokenizer.encode("a<sep>ab"), (Ids{kSpaceA, 3, kAb}));  // one text: no space behind it
  EXPECT_EQ(tokenizer.encode("<s>ab</s>", true), (Ids{1, kSpace, kAb, 2}));
  EXPECT_GT(tokenizer.encode("<s>ab</s>", false).size(), 6u);
  EXPECT_EQ(tokenizer.decode(Ids{1, kSpaceA, kSpaceA, 2, kSpaceA}), "<s>a a</s>a");
}

TEST(SentencePieceTest, KnowsItsEnds) {
  const SentencePieceTokenizer tokenizer = read(model_with(kPieces));
  EXPECT_EQ(tokenizer.bos(), 1);
  EXPECT_EQ(tokenizer.eos(), 2);
  EXPECT_EQ(tokenizer.vocab_size(), 267);
  EXPECT_EQ(special_token_id(tokenizer, "</s>"), 2);
  EXPECT_FALSE(tokenizer.may_cut_before_space());
  const std::string other = kBpeWithBytes + block(46, "<sep>") + block(47, "<s>");
  EXPECT_EQ(read(model_with(kPieces, other)).bos(), std::nullopt);  // not a control piece
  EXPECT_EQ(read(model_with(kPieces, other)).eos(), 1);
}

TEST(SentencePieceTest, WithoutDummyPrefixATextBeginsAsItIs) {
  const SentencePieceTokenizer tokenizer = read(model_with(kPieces, kBpeWithBytes, kUnchanged + number(3, 0)));
  EXPECT_EQ(tokenizer.encode("ab a"), (Ids{kAb, kSpaceA}));
  EXPECT_EQ(tokenizer.decode(Ids{kSpaceA}), " a");
  EXPECT_NE(tokenizer.identity(), read(model_with(kPieces)).identity());
}

TEST(SentencePieceTest, PiecesWithASpaceInsideAreFound) {
  auto pieces = kPieces;
  pieces.insert(pieces.end(), {{"b\u2581", 0}, {"b\u2581a", 1}});
  EXPECT_EQ(read(model_with(pieces)).encode("b a b a"), (Ids{kSpace, 268, kSpace, 268}));
}

TEST(SentencePieceTest, TheScoreIsPartOfTheIdentity) {
  auto pieces = kPieces;
  pieces[3].second = -1.5;
  EXPECT_NE(read(model_with(pieces)).identity(), read(model_with(kPieces)).identity());
}

TEST(SentencePieceTest, RefusesWhatWouldChangeIds) {
  const auto trainer = [](const std::string& settings) { return model_with(kPieces, settings); };
  const auto normalizer = [](const std::string& settings) { return model_with(kPieces, kBpeWithBytes, settings); };
  EXPECT_ERROR(ConfigError,
               "m: model_type 1 is not supported; supported are BPE models with byte fallback and without "
               "normalization, as Llama 2's and Mistral's",
               read(trainer(number(35, 1))));
  EXPECT_ERROR(ConfigError, "m: a model without byte_fallback is not", read(trainer(number(3, 2))));
  EXPECT_ERROR(ConfigError, "m: treat_whitespace_as_suffix is not", read(trainer(kBpeWithBytes + number(24, 1))));
  EXPECT_ERROR(ConfigError, "m: normalization nmt_nfkc is not",
               read(normalizer(block(1, "nmt_nfkc") + block(2, "map") + number(4, 0))));
  EXPECT_ERROR(ConfigError, "m: remove_extra_whitespaces is not", read(normalizer("")));
  EXPECT_ERROR(ConfigError, "m: a model without escape_whitespaces is not",
               read(normalizer(kUnchanged + number(5, 0))));
  EXPECT_ERROR(ConfigError, "m: the unused piece \"zz\" is not",
               read(piece("zz", 0, Kind::kUnused) + model_with(kPieces)));
}

TEST(SentencePieceTest, NamesWhatIsCorrupt) {
  EXPECT_ERROR(FormatError, "m: not a SentencePiece model: it holds no pieces", read(""));
  EXPECT_ERROR(FormatError, "m: not a SentencePiece model: a field of unknown kind at byte 1 of 9", read("not proto"));
  EXPECT_ERROR(FormatError, "m: not a SentencePiece model: cut short at byte 2 of 2", read("\x0A\x05"));
  EXPECT_ERROR(FormatError, "m: not a SentencePiece model: cut short at byte 1 of 3", read("\x0D\x05\x05"));
  EXPECT_ERROR(FormatError, "a number of more than 64 bits", read(std::string(12, '\xFF')));
  EXPECT_ERROR(FormatError, "m: piece 0: its text is empty", read(piece("", 0, Kind::kNormal)));
  EXPECT_ERROR(FormatError, "m: piece 0: its text is not UTF-8", read(piece("\xC3", 0, Kind::kNormal)));
  EXPECT_ERROR(FormatError, "m: piece 0: unknown kind 7", read(piece("a", 0, static_cast<Kind>(7))));
  EXPECT_ERROR(FormatError, "m: piece 0: its score is not finite",
               read(piece("a", std::bit_cast<float>(0x7FC00000), Kind::kNormal)));
  EXPECT_ERROR(FormatError, "m: piece 261, \"a\", is there twice", read(model_with({{"a", 0}, {"a", 1}})));
  EXPECT_ERROR(FormatError, "m: piece 0 is a byte, but spells \"<0xZZ>\"",
               read(piece("<0xZZ>", 0, Kind::kByte) + model_with(kPieces)));
  EXPECT_ERROR(FormatError, "m: the byte 0 has no piece",
               read(piece("a", 0, Kind::kNormal) + block(2, kBpeWithBytes) + block(3, kUnchanged)));
}

TEST(SentencePieceTest, AFolderWithoutTokenizerJsonIsReadThroughItsModel) {
  const test::TemporaryFolder folder;
  test::write_file(folder / "tokenizer.model", model_with(kPieces));
  EXPECT_EQ(load_tokenizer(folder.path())->identity(), read(model_with(kPieces)).identity());
  EXPECT_ERROR(IoError, "absent.model", load_tokenizer(folder / "absent.model"));
}

TEST(SentencePieceTest, AGgufFileGivesTheIdsOfItsModel) {
  const test::TemporaryFolder folder;
  const std::string model = model_with(kPieces);
  const auto original = read(model);
  const auto metadata = formats::gguf_sentence_piece_metadata(model, {}, original.vocab_size(), "model");
  formats::GgufWriter(folder / "model.gguf", metadata, {}).finish();
  const auto copy = load_tokenizer((folder / "model.gguf").string());
  const std::string text = "a b\nab \u00e9 aab";
  EXPECT_EQ(copy->encode(text, false), original.encode(text, false));
  EXPECT_EQ(copy->vocab_size(), original.vocab_size());
}

TEST(SentencePieceFuzzTest, DamagedModelsAreRefusedOrRead) {
  const std::string good = model_with(kPieces);
  std::mt19937 random(5);
  for (int round = 0; round < 1000 * test::test_scale(); ++round) {
    try {
      const SentencePieceTokenizer tokenizer = read(test::mutate(good, random));
      (void)tokenizer.decode(tokenizer.encode("<s>ab  ba\xFF \u65E5\u2581<sep>a", true));
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace trireme::data
