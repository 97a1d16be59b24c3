#include "trireme/formats/gguf_sentence_piece.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"
#include "trireme/formats/protobuf_writer.h"
#include "trireme/formats/sentence_piece_model.h"

namespace trireme::formats {
namespace {

using nlohmann::json;
using Kind = SentencePiece::Kind;

std::string byte_piece(int byte) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  return std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">";
}

/// <unk>, <s>, </s>, the 256 bytes, then "\u2581a" and "a".
std::vector<SentencePiece> pieces() {
  std::vector<SentencePiece> list = {
      {"<unk>", 0, Kind::kUnknown}, {"<s>", 0, Kind::kControl}, {"</s>", 0, Kind::kControl}};
  for (int byte = 0; byte < 256; ++byte) list.push_back({byte_piece(byte), 0, Kind::kByte});
  list.push_back({"\u2581a", -1.5, Kind::kNormal});
  list.push_back({"a", -2, Kind::kNormal});
  return list;
}

std::string model_of(const std::vector<SentencePiece>& list) {
  std::string bytes;
  for (const SentencePiece& piece : list) {
    bytes += protobuf_bytes(1, protobuf_bytes(1, piece.text) + protobuf_float(2, piece.score) +
                                   protobuf_number(3, static_cast<uint64_t>(piece.kind)));
  }
  const std::string bpe_with_bytes = protobuf_number(3, 2) + protobuf_number(35, 1);
  const std::string without_prefix = protobuf_bytes(1, "identity") + protobuf_number(3, 0) + protobuf_number(4, 0);
  return bytes + protobuf_bytes(2, bpe_with_bytes) + protobuf_bytes(3, without_prefix);
}

const json kConfig = json::parse(R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}, "unk_token": "<unk>",
  "add_bos_token": true, "chat_template": "{{ messages }}", "added_tokens_decoder": {
    "0": {"content": "<unk>", "special": true}, "261": {"content": "<|end|>", "special": true},
    "262": {"content": "two\u2581words", "special": false}}})");
constexpr int64_t kVocabulary = 266;

GgufMetadata metadata_of(const json& config, int64_t vocab_size = kVocabulary) {
  return gguf_sentence_piece_metadata(model_of(pieces()), config, vocab_size, "m");
}

class GgufSentencePieceTest : public ::testing::Test {
 protected:
  GgufFile written(const GgufMetadata& metadata) {
    GgufWriter writer(path_, metadata, {});
    writer.finish();
    return GgufFile(path_);
  }
  test::TemporaryFolder folder_;
  fs::path path_ = folder_ / "m.gguf";
};

TEST_F(GgufSentencePieceTest, HasTheKeysOfLlamaCpp) {
  const GgufFile file = written(metadata_of(kConfig));
  EXPECT_EQ(file.text("tokenizer.ggml.model"), "llama");
  EXPECT_EQ(file.text("tokenizer.ggml.pre"), "default");
  const std::vector<std::string> tokens = file.texts("tokenizer.ggml.tokens");
  const std::vector<float> scores = file.floats("tokenizer.ggml.scores");
  const std::vector<int32_t> types = file.integers("tokenizer.ggml.token_type");
  ASSERT_EQ(tokens.size(), 266u);
  EXPECT_EQ(std::vector(tokens.begin() + 258, tokens.begin() + 264),
            (std::vector<std::string>{"<0xFF>", "\u2581a", "a", "<|end|>", "two words", "[PAD263]"}));
  EXPECT_EQ(std::vector(scores.begin() + 258, scores.begin() + 264),
            (std::vector<float>{0, -1.5, -2, -1000, -1000, -10000}));
  EXPECT_EQ(std::vector(types.begin() + 258, types.begin() + 264), (std::vector<int32_t>{6, 1, 1, 3, 4, 5}));
  EXPECT_EQ(types[0], 3);  // as an added token says; unknown_token_id tells what it is
  EXPECT_EQ(file.integer("tokenizer.ggml.unknown_token_id"), 0);
  EXPECT_EQ(file.integer("tokenizer.ggml.bos_token_id"), 1);
  EXPECT_EQ(file.integer("tokenizer.ggml.eos_token_id"), 2);
  EXPECT_TRUE(file.boolean("tokenizer.ggml.add_bos_token"));
  EXPECT_FALSE(file.boolean("tokenizer.ggml.add_eos_token"));
  EXPECT_FALSE(file.boolean("tokenizer.ggml.add_space_prefix"));
  EXPECT_EQ(file.text("tokenizer.chat_template"), "{{ messages }}");
}

TEST_F(GgufSentencePieceTest, TheModelComesBack) {
  const SentencePieceModel back =
      sentence_piece_model_from(sentence_piece_model_from_gguf(written(metadata_of(kConfig))), "back");
  std::vector<SentencePiece> expected = pieces();
  expected[0].score = -1000;
  expected.push_back({"<|end|>", -1000, Kind::kControl});
  expected.push_back({"two\u2581words", -1000, Kind::kUserDefined});
  ASSERT_EQ(back.pieces.size(), expected.size());  // without the unused tokens at the end
  for (size_t id = 0; id < expected.size(); ++id) {
    EXPECT_EQ(back.pieces[id].text, expected[id].text);
    EXPECT_EQ(back.pieces[id].score, expected[id].score) << expected[id].text;
    EXPECT_EQ(back.pieces[id].kind, expected[id].kind) << expected[id].text;
  }
  EXPECT_FALSE(back.add_dummy_prefix);
  EXPECT_EQ(back.bos, 1);
  EXPECT_EQ(back.eos, 2);
}

TEST_F(GgufSentencePieceTest, FaultsAreNamed) {
  EXPECT_ERROR(FormatError, "m: 261 pieces, but the model's vocabulary is 200", metadata_of(kConfig, 200));
  json config = kConfig;
  config["added_tokens_decoder"]["266"] = {{"content", "x"}};
  EXPECT_ERROR(FormatError, "m: added token \"266\" is no id of 266 tokens", metadata_of(config));
  GgufMetadata metadata = metadata_of(nullptr);
  for (auto& [key, value] : metadata) {
    if (key == "tokenizer.ggml.scores") value = std::vector<float>{1};
  }
  EXPECT_ERROR(FormatError, "tokenizer.ggml.tokens: 266 tokens, but 1 scores and 266 types",
               sentence_piece_model_from_gguf(written(metadata)));
  metadata = metadata_of(nullptr);
  metadata.emplace_back("tokenizer.ggml.bos_token_id", uint32_t{300});
  EXPECT_ERROR(FormatError, "tokenizer.ggml.bos_token_id: 300 is not an id of 266 tokens",
               sentence_piece_model_from_gguf(written(metadata)));
}

}  // namespace
}  // namespace trireme::formats
