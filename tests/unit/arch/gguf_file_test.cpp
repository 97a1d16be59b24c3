#include "trireme/arch/gguf_file.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "support/tiny_gguf.h"
#include "trireme/arch/gguf_config.h"
#include "trireme/arch/gguf_tensors.h"
#include "trireme/arch/hf_folder.h"
#include "trireme/core/error.h"
#include "trireme/formats/gguf.h"

namespace trireme::arch {
namespace {

using formats::GgmlType;
using nlohmann::json;

/// A model in memory: element i of parameter p is p + i / 8, which bf16 can't hold for large i.
class RampSource : public ModelSource {
 public:
  explicit RampSource(const ModelConfig& config) { config_ = config; }
  DType dtype() const override { return DType::kF32; }
  void read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const override {
    const auto shift = static_cast<float>(parameter.name.size());
    for (size_t i = 0; i < out.size(); ++i) out[i] = shift + static_cast<float>(first + static_cast<int64_t>(i)) / 8;
  }
  json hf_config(DType) const override { return {}; }
  std::map<std::string, std::string> companion_files() const override { return files; }

  std::map<std::string, std::string> files;
};

ModelConfig tiny_config() {
  ModelConfig config;
  config.hidden_size = 64;
  config.intermediate_size = 96;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.vocab_size = 12;
  config.max_position_embeddings = 512;
  config.rope_theta = 500000.0;
  config.rms_norm_eps = 1e-6;
  return config;
}

constexpr const char* kTokenizer = R"({
  "added_tokens": [{"id": 4, "content": "<s>", "special": true}, {"id": 9, "content": "<tool>", "special": false}],
  "normalizer": null,
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true},
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "\u0120": 3}, "merges": ["a b"]}
})";

class GgufFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<ModelSource> written(const ModelSource& source, GgmlType type) {
    fs::remove(path_);
    write_gguf(source, path_, type);
    return open_model_source(path_);
  }
  static std::vector<float> read(const ModelSource& source, const ParameterSpec& parameter) {
    std::vector<float> values(static_cast<size_t>(parameter.numel()));
    source.read(parameter, 0, values);
    return values;
  }
  void expect_refused(const ModelSource& source, GgmlType type, const std::string& part) {
    EXPECT_ERROR(Error, part, write_gguf(source, path_, type));
    EXPECT_TRUE(fs::is_empty(folder_.path()));
  }

  test::TemporaryFolder folder_;
  fs::path path_ = folder_ / "m.gguf";
};

TEST_F(GgufFileTest, ComesBackWithEqualValuesAndSizes) {
  ModelConfig config = tiny_config();
  config.rope_scaling = {.rope_type = "linear", .factor = 4.0};
  const RampSource source(config);
  const auto back = written(source, GgmlType::kF32);
  EXPECT_EQ(back->config().model_type, "llama");
  EXPECT_EQ(back->config().rope_theta, 500000.0);
  EXPECT_EQ(back->config().rms_norm_eps, 1e-6);
  EXPECT_EQ(back->config().max_position_embeddings, 512);
  EXPECT_EQ(back->config().kv_heads(), 2);
  EXPECT_EQ(back->config().rope_scaling.factor, 4.0);
  EXPECT_FALSE(back->config().tie_word_embeddings);
  for (const ParameterSpec& parameter : describe(config).parameters()) {
    EXPECT_EQ(read(*back, parameter), read(source, parameter)) << parameter.name;
  }
  EXPECT_TRUE(back->companion_files().empty());
}

TEST_F(GgufFileTest, AMistralKeepsItsWindow) {
  ModelConfig config = tiny_config();
  config.model_type = "mistral";
  config.sliding_window = 128;
  const auto back = written(RampSource(config), GgmlType::kBF16);
  EXPECT_EQ(back->config().model_type, "mistral");
  EXPECT_EQ(back->config().sliding_window, 128);
  EXPECT_EQ(back->dtype(), DType::kBF16);
}

TEST_F(GgufFileTest, VectorsStayFp32AndMatricesGetTheType) {
  written(RampSource(tiny_config()), GgmlType::kQ8_0);
  const formats::GgufFile file(path_);
  EXPECT_EQ(file.find("blk.1.attn_q.weight")->type, GgmlType::kQ8_0);
  EXPECT_EQ(file.find("token_embd.weight")->type, GgmlType::kQ8_0);
  EXPECT_EQ(file.find("blk.1.attn_norm.weight")->type, GgmlType::kF32);
  EXPECT_EQ(file.integer("general.file_type"), 7);
}

TEST_F(GgufFileTest, TheTokenizerComesBack) {
  RampSource source(tiny_config());
  source.files = {{"tokenizer.json", kTokenizer},
                  {"tokenizer_config.json", R"({"bos_token": {"content": "<s>"}, "eos_token": "<s>"})"},
                  {"chat_template.jinja", "{{ messages }}"}};
  const auto files = written(source, GgmlType::kF16)->companion_files();
  const json before = json::parse(kTokenizer), after = json::parse(files.at("tokenizer.json"));
  json vocabulary = before["model"]["vocab"];
  vocabulary["<s>"] = 4;
  vocabulary["<tool>"] = 9;
  EXPECT_EQ(after["model"]["vocab"], vocabulary);  // the unused ids are in no vocabulary
  EXPECT_EQ(after["model"]["merges"], json::parse(R"([["a", "b"]])"));
  EXPECT_EQ(after["pre_tokenizer"]["type"], "ByteLevel");
  ASSERT_EQ(after["added_tokens"].size(), 2u);
  EXPECT_EQ(after["added_tokens"][0]["special"], true);
  EXPECT_EQ(after["added_tokens"][1]["content"], "<tool>");
  EXPECT_EQ(after["added_tokens"][1]["special"], false);
  const json config = json::parse(files.at("tokenizer_config.json"));
  EXPECT_EQ(config["bos_token"], "<s>");
  EXPECT_EQ(config["chat_template"], "{{ messages }}");
  EXPECT_EQ(formats::GgufFile(path_).texts("tokenizer.ggml.tokens")[11], "[PAD11]");
}

TEST_F(GgufFileTest, RefusesWhatGgufHasNoWordsFor) {
  ModelConfig config = tiny_config();
  config.rope_scaling.rope_type = "llama3";
  expect_refused(RampSource(config), GgmlType::kF16, "rope_type llama3 can't be written as GGUF");
  config = tiny_config();
  config.model_type = "gpt2";
  expect_refused(RampSource(config), GgmlType::kF16, "a gpt2 model can't be written as GGUF");
  config = tiny_config();
  config.intermediate_size = 40;
  expect_refused(RampSource(config), GgmlType::kQ8_0,
                 "model.layers.0.mlp.down_proj.weight: rows of 40 values are no whole number of Q8_0's blocks of 32");

  RampSource source(tiny_config());
  source.files = {{"tokenizer.model", "x"}};
  expect_refused(source, GgmlType::kF16, "the tokenizer.model (SentencePiece) of the source can't be written as GGUF");
  json tokenizer = json::parse(kTokenizer);
  const auto expect = [&](const std::string& part) {
    source.files["tokenizer.json"] = tokenizer.dump();
    expect_refused(source, GgmlType::kF16, part);
  };
  tokenizer["pre_tokenizer"]["add_prefix_space"] = true;
  expect("pre_tokenizer: GGUF has no name for these rules of cutting text; it has gpt-2, smollm, llama-bpe, qwen2");
  tokenizer = json::parse(kTokenizer);
  tokenizer["model"]["type"] = "Unigram";
  expect("model: GGUF is written with byte-level BPE tokenizers only");
  tokenizer = json::parse(kTokenizer);
  tokenizer["model"]["vocab"]["z"] = 12;
  expect("\"z\" has id 12, but the model's vocabulary is 12");
  tokenizer = json::parse(kTokenizer);
  tokenizer["model"]["merges"] = json::parse("[3]");
  expect("merges: entry 0 is 3, not two tokens");
}

TEST_F(GgufFileTest, AValueTooLargeIsNamedWithItsParameter) {
  class Large : public RampSource {
   public:
    using RampSource::RampSource;
    void read(const ParameterSpec&, int64_t, std::span<float> out) const override {
      std::fill(out.begin(), out.end(), 1e6f);
    }
  };
  expect_refused(Large(tiny_config()), GgmlType::kF16,
                 "model.embed_tokens.weight: the value 1e+06 does not fit F16; choose bf16 or fp32");
}

TEST_F(GgufFileTest, OverwritesNothing) {
  test::write_file(path_, "x");
  EXPECT_ERROR(ConfigError, "m.gguf is there already", write_gguf(RampSource(tiny_config()), path_, GgmlType::kF16));
}

TEST(GgufTensorsTest, PermutingIsTheReverse) {
  std::vector<float> rows(8 * 3), pairs(rows.size()), back(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
  permute_rows(rows, 8, 2, pairs);
  EXPECT_EQ(pairs[3], 6.0f);  // row 1 of a pair is row 2 of 4: the first of the second half
  unpermute_rows(pairs, 8, 2, back);
  EXPECT_EQ(back, rows);
}

}  // namespace
}  // namespace trireme::arch
