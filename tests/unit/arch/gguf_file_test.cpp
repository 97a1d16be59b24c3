#include "trireme/arch/gguf_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "support/tiny_gguf.h"
#include "trireme/arch/gguf_config.h"
#include "trireme/arch/gguf_tensors.h"
#include "trireme/arch/hf_config.h"
#include "trireme/arch/hf_folder.h"
#include "trireme/core/error.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/protobuf_writer.h"
#include "trireme/formats/sentence_piece_model.h"

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

/// The family's smallest model that GGUF has words for.
ModelConfig with_family(const std::string& model_type) {
  ModelConfig config = tiny_config();
  config.model_type = model_type;
  if (model_type == "qwen3") config.head_dim = 32;
  if (model_type == "mistral") config.sliding_window = 128;
  if (model_type == "gemma2") {
    config.tie_word_embeddings = true;
    config.sliding_window = 256;
    config.attn_logit_softcapping = 40;
    config.final_logit_softcapping = 20.5;
    config.query_pre_attn_scalar = 16;
  }
  if (model_type != "gpt2" && model_type != "gpt_neox" && model_type != "mpt") return config;
  config.num_key_value_heads = 0;
  config.layer_norm_eps = 1e-6;
  config.rms_norm_eps = ModelConfig().rms_norm_eps;
  if (model_type == "gpt_neox") {
    config.partial_rotary_factor = 0.25;
    config.use_parallel_residual = false;
  } else {
    config.rope_theta = ModelConfig().rope_theta;
  }
  if (model_type == "mpt") config.intermediate_size = 128;
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

TEST_F(GgufFileTest, EveryFamilyComesBackWithEqualValuesAndSizes) {
  std::vector<ModelConfig> models;
  for (const char* type : {"llama", "mistral", "qwen2", "qwen3", "gemma2", "gpt2", "gpt_neox", "mpt"}) {
    models.push_back(with_family(type));
  }
  models.push_back(with_family("llama"));
  models.back().attention_bias = models.back().mlp_bias = true;
  models.push_back(with_family("mpt"));
  models.back().use_bias = models.back().alibi = true;
  for (const ModelConfig& config : models) {
    const RampSource source(config);
    const auto back = written(source, GgmlType::kF32);
    const auto in_words = [](const ModelConfig& model) { return model_config_to_hf(model, DType::kF32); };
    EXPECT_EQ(in_words(back->config()), in_words(config));
    for (const ParameterSpec& parameter : describe(config).parameters()) {
      EXPECT_EQ(read(*back, parameter), read(source, parameter)) << parameter.name;
    }
    EXPECT_EQ(written(source, GgmlType::kBF16)->dtype(), DType::kBF16) << config.model_type;
  }
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

TEST_F(GgufFileTest, ASentencePieceModelComesBackAsOne) {
  ModelConfig config = with_family("gemma2");
  config.vocab_size = 262;
  RampSource source(config);
  std::string model;
  const auto piece = [&](const std::string& text, uint64_t kind) {
    model += formats::protobuf_bytes(1, formats::protobuf_bytes(1, text) + formats::protobuf_number(3, kind));
  };
  piece("<unk>", 2);
  for (int byte = 0; byte < 256; ++byte) piece(format("<0x{}>", byte), 6);
  model += formats::protobuf_bytes(2, formats::protobuf_number(3, 2) + formats::protobuf_number(35, 1));
  model += formats::protobuf_bytes(3, formats::protobuf_number(4, 0));
  source.files = {{"tokenizer.model", model}, {"tokenizer.json", "{}"}};  // the one beside it is not looked at
  const auto files = written(source, GgmlType::kF16)->companion_files();
  EXPECT_EQ(formats::sentence_piece_model_from(files.at("tokenizer.model"), "back").pieces.size(), 257u);
  EXPECT_EQ(json::parse(files.at("tokenizer_config.json"))["tokenizer_class"], "GemmaTokenizer");
  EXPECT_FALSE(files.contains("tokenizer.json"));
}

TEST_F(GgufFileTest, RefusesWhatGgufHasNoWordsFor) {
  ModelConfig config = tiny_config();
  config.rope_scaling.rope_type = "llama3";
  expect_refused(RampSource(config), GgmlType::kF16, "rope_type llama3 can't be written as GGUF");
  config = tiny_config();
  config.model_type = "praxis";
  config.num_key_value_heads = 0;
  expect_refused(RampSource(config), GgmlType::kF16,
                 "a praxis model can't be written as GGUF; supported are llama, mistral, qwen2, qwen3, gemma2, gpt2, "
                 "gpt_neox, mpt");
  config = tiny_config();
  config.intermediate_size = 40;
  expect_refused(RampSource(config), GgmlType::kQ8_0,
                 "model.layers.0.mlp.down_proj.weight: rows of 40 values are no whole number of Q8_0's blocks of 32");

  RampSource source(tiny_config());
  source.files = {{"tokenizer.model", "x"}};
  expect_refused(source, GgmlType::kF16, "tokenizer.model of the source: not a SentencePiece model");
  source.files.clear();
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

TEST_F(GgufFileTest, RefusesWhatLlamaCppComputesDifferently) {
  const auto refused = [&](const char* family, auto change, const std::string& part) {
    ModelConfig config = with_family(family);
    change(config);
    expect_refused(RampSource(config), GgmlType::kF16, part);
  };
  refused(
      "qwen2", [](ModelConfig& c) { c.hidden_act = "gelu"; },
      "hidden_act gelu can't be written as GGUF: llama.cpp runs a qwen2 with silu only");
  refused(
      "gemma2", [](ModelConfig& c) { c.query_pre_attn_scalar = 20; },
      "query_pre_attn_scalar 20 can't be written as GGUF: llama.cpp runs a gemma2 with 16 only");
  refused(
      "gemma2", [](ModelConfig& c) { c.tie_word_embeddings = false; }, "a head of its own can't be written");
  refused(
      "gemma2", [](ModelConfig& c) { c.final_logit_softcapping = 0; }, "no soft cap can't be written");
  refused(
      "gemma2", [](ModelConfig& c) { c.sliding_window = 0; }, "sliding_window 0 can't be written");
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

TEST(GgufTensorsTest, RowsAreInTheOrderOfLlamaCpp) {
  const auto rows_of = [](const ModelConfig& config, const std::string& name, std::vector<int64_t> rows) {
    for (const ParameterSpec& parameter : describe(config).parameters()) {
      if (parameter.name != name) continue;
      std::vector<float> values(static_cast<size_t>(parameter.numel()));
      const int64_t columns = parameter.numel() / parameter.shape[0];
      for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(static_cast<int64_t>(i) / columns);
      const std::vector<float> written = to_gguf(config, parameter, values);
      for (int64_t& row : rows) row = std::lround(written[static_cast<size_t>(row * columns)]);
    }
    return rows;
  };
  using Rows = std::vector<int64_t>;
  // A head of 16: 0 pairs with 8. The second head begins at 16.
  EXPECT_EQ(rows_of(tiny_config(), "model.layers.0.self_attn.q_proj.weight", {0, 1, 2, 15, 17}),
            Rows({0, 8, 1, 15, 24}));
  // Four heads of 16: rows 0 to 63 are queries, and the second head's begin at 48.
  EXPECT_EQ(rows_of(with_family("gpt_neox"), "gpt_neox.layers.0.attention.query_key_value.bias", {0, 16, 64, 128, 191}),
            Rows({0, 48, 16, 32, 191}));
}

}  // namespace
}  // namespace trireme::arch
