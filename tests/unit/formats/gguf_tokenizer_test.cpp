#include "trireme/formats/gguf_tokenizer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "support/expect_error.h"
#include "support/gguf_builder.h"
#include "support/mutate.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"
#include "trireme/formats/gguf_tokenizer_metadata.h"

namespace trireme::formats {
namespace {

using nlohmann::json;
using test::GgufBuilder;

class GgufTokenizerTest : public ::testing::Test {
 protected:
  GgufBuilder builder(const std::string& model, const std::string& pre) {
    GgufBuilder result;
    result.text("tokenizer.ggml.model", model).text("tokenizer.ggml.pre", pre);
    result.texts("tokenizer.ggml.tokens", {"<s>", "a", "b", "ab"}).i32s("tokenizer.ggml.token_type", {3, 1, 1, 1});
    result.u32("tokenizer.ggml.bos_token_id", 0);
    return result;
  }
  json convert(const GgufBuilder& contents) {
    test::write_file(path_, contents.bytes());
    return tokenizer_json_from_gguf(GgufFile(path_));
  }
  test::TemporaryFolder folder_;
  fs::path path_ = folder_ / "m.gguf";
  const std::string merges_ = "tokenizer.ggml.merges";
};

TEST_F(GgufTokenizerTest, SmollmSplitsDigitsThenBytes) {
  const json tokenizer = convert(builder("gpt2", "smollm").texts(merges_, {"a b"}));
  EXPECT_EQ(tokenizer["model"]["vocab"], (json{{"<s>", 0}, {"a", 1}, {"b", 2}, {"ab", 3}}));
  EXPECT_EQ(tokenizer["model"]["merges"], json::parse(R"([["a", "b"]])"));
  const json& steps = tokenizer["pre_tokenizer"]["pretokenizers"];
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0], (json{{"type", "Digits"}, {"individual_digits", true}}));
  EXPECT_EQ(steps[1]["type"], "ByteLevel");
  EXPECT_EQ(steps[1]["add_prefix_space"], false);
  ASSERT_EQ(tokenizer["added_tokens"].size(), 1u);
  EXPECT_EQ(tokenizer["added_tokens"][0]["content"], "<s>");
  EXPECT_EQ(tokenizer["added_tokens"][0]["special"], true);
  EXPECT_TRUE(tokenizer["post_processor"].is_null());
}

TEST_F(GgufTokenizerTest, Gpt2IsByteLevelAndBosComesFirstWhereAskedFor) {
  const json tokenizer =
      convert(builder("gpt2", "gpt-2").texts(merges_, {"a b"}).boolean("tokenizer.ggml.add_bos_token", true));
  EXPECT_EQ(tokenizer["pre_tokenizer"]["type"], "ByteLevel");
  EXPECT_EQ(tokenizer["post_processor"]["special_tokens"]["<s>"]["ids"], json::parse("[0]"));
  EXPECT_EQ(tokenizer["post_processor"]["single"][0]["SpecialToken"]["id"], "<s>");
}

TEST_F(GgufTokenizerTest, Qwen2NormalisesAndLlamaTakesWholeWords) {
  const json qwen = convert(builder("gpt2", "qwen2").texts(merges_, {"a b"}));
  EXPECT_EQ(qwen["normalizer"]["type"], "NFC");
  EXPECT_EQ(qwen["model"]["ignore_merges"], false);
  const json llama = convert(builder("gpt2", "llama-bpe").texts(merges_, {"a b"}));
  EXPECT_TRUE(llama["normalizer"].is_null());
  EXPECT_EQ(llama["model"]["ignore_merges"], true);
  EXPECT_EQ(llama["pre_tokenizer"]["pretokenizers"][1]["use_regex"], false);
}

TEST_F(GgufTokenizerTest, RefusesWhatItDoesNotKnowByName) {
  EXPECT_ERROR(FormatError, "tokenizer.ggml.model: \"llama\" is not supported",
               convert(builder("llama", "default").texts(merges_, {"a b"})));
  EXPECT_ERROR(FormatError,
               "tokenizer.ggml.pre: \"tekken\" is not supported; supported are gpt-2, smollm, llama-bpe, qwen2",
               convert(builder("gpt2", "tekken").texts(merges_, {"a b"})));
  EXPECT_ERROR(FormatError, "merges: entry 1 is \"ab\", not two tokens",
               convert(builder("gpt2", "smollm").texts(merges_, {"a b", "ab"})));
  EXPECT_ERROR(FormatError, "merges: is missing", convert(builder("gpt2", "smollm")));
}

TEST(GgufTokenizerMetadataTest, FuzzedTokenizerEndsInAnError) {
  const std::string tokenizer = R"({"added_tokens": [{"id": 3, "content": "<s>", "special": true}],
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}]},
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b", ["a", "b"]]}})";
  const std::string config = R"({"bos_token": {"content": "<s>"}, "chat_template": "x"})";
  const GgufMetadata good = gguf_tokenizer_metadata(JsonView(tokenizer, "t"), json::parse(config), 5, "t");
  EXPECT_EQ(good.back().second, GgufWritten(std::string("x")));
  std::mt19937 random(37);
  for (int round = 0; round < 500 * test::test_scale(); ++round) {
    const std::string bad = test::mutate(tokenizer, random);
    const json bad_config = json::parse(test::mutate(config, random), nullptr, /*allow_exceptions=*/false);
    if (bad_config.is_discarded()) continue;
    try {
      gguf_tokenizer_metadata(JsonView(bad, "t"), bad_config, 5, "t");
    } catch (const FormatError&) {
    }
  }
  EXPECT_ERROR(
      FormatError, "t: not a tokenizer's description: ",
      gguf_tokenizer_metadata(JsonView(tokenizer, "t"), json::parse(R"({"bos_token": {"content": 3}})"), 5, "t"));
}

}  // namespace
}  // namespace trireme::formats
