#include "trireme/arch/model_source.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "support/tiny_gguf.h"
#include "trireme/arch/hf_folder.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/formats/hf_weights.h"
#include "trireme/formats/json_file.h"

namespace trireme::arch {
namespace {

using nlohmann::json;
using test::TinyGguf;

class ModelSourceTest : public ::testing::Test {
 protected:
  std::unique_ptr<ModelSource> open(const TinyGguf& tiny) {
    test::write_file(gguf_, tiny.file.bytes());
    return open_model_source(gguf_);
  }
  /// The tiny model as a Hugging Face folder.
  fs::path hf_folder() {
    const fs::path folder = folder_ / "hf";
    write_hf_folder(*open(TinyGguf::whole()), folder, {});
    return folder;
  }
  static std::vector<float> read(const ModelSource& source, const std::string& name) {
    for (const ParameterSpec& parameter : describe(source.config()).parameters()) {
      if (parameter.name != name) continue;
      std::vector<float> values(static_cast<size_t>(parameter.numel()));
      source.read(parameter, 0, values);
      return values;
    }
    ADD_FAILURE() << name;
    return {};
  }
  static void patch_json(const fs::path& path, const std::string& key, const json& value) {
    json contents = formats::read_json(path);
    contents[key] = value;
    test::write_file(path, contents.dump());
  }

  test::TemporaryFolder folder_;
  fs::path gguf_ = folder_ / "m.gguf";
};

TEST_F(ModelSourceTest, GgufGivesConfigAndWeights) {
  const auto source = open(TinyGguf::whole());
  const ModelConfig& config = source->config();
  EXPECT_EQ(config.model_type, "llama");
  EXPECT_EQ(config.hidden_size, 8);
  EXPECT_EQ(config.kv_heads(), 1);
  EXPECT_EQ(config.vocab_size, 6);
  EXPECT_EQ(config.rms_norm_eps, 1e-5);  // the decimal, not the fp32 nearest to it
  EXPECT_EQ(config.rope_theta, 1e5);
  EXPECT_TRUE(config.tie_word_embeddings);
  EXPECT_EQ(read(*source, "model.layers.0.mlp.up_proj.weight")[95], 95.0f);
}

// Two heads of 4 rows: GGUF's rows 0 1 2 3 are Hugging Face's 0 2 1 3.
TEST_F(ModelSourceTest, RowsOfQueriesGoBackToHalves) {
  const std::vector<float> q = read(*open(TinyGguf::whole()), "model.layers.0.self_attn.q_proj.weight");
  const std::vector<float> first_column = {q[0], q[8], q[16], q[24], q[32], q[40], q[48], q[56]};
  EXPECT_EQ(first_column, (std::vector<float>{0, 16, 8, 24, 32, 48, 40, 56}));
}

TEST_F(ModelSourceTest, RangesOfAParameterAreThoseOfTheWhole) {
  const auto source = open(TinyGguf::whole());
  const std::vector<float> whole = read(*source, "model.layers.0.self_attn.k_proj.weight");
  std::vector<float> part(7);
  source->read({"model.layers.0.self_attn.k_proj.weight", {4, 8}}, 11, part);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 11));
}

TEST_F(ModelSourceTest, AFolderWrittenFromGgufHoldsTheSameModel) {
  const auto gguf = open(TinyGguf::whole());
  const fs::path folder = hf_folder();
  const auto hf = open_model_source(folder);
  for (const ParameterSpec& parameter : describe(gguf->config()).parameters()) {
    EXPECT_EQ(read(*gguf, parameter.name), read(*hf, parameter.name)) << parameter.name;
  }
  EXPECT_EQ(hf->dtype(), DType::kF32);
  EXPECT_EQ(formats::read_json(folder / "config.json")["eos_token_id"], 0);
  EXPECT_EQ(hf->companion_files().at("tokenizer.json"), gguf->companion_files().at("tokenizer.json"));
}

TEST_F(ModelSourceTest, WritesHalfPrecisionInShards) {
  const fs::path folder = folder_ / "bf16";
  write_hf_folder(*open(TinyGguf::whole()), folder, {.dtype = DType::kBF16, .max_shard_bytes = 256});
  EXPECT_TRUE(fs::exists(folder / "model.safetensors.index.json"));
  EXPECT_EQ(formats::read_json(folder / "config.json")["torch_dtype"], "bfloat16");
  const auto source = open_model_source(folder);
  EXPECT_EQ(source->dtype(), DType::kBF16);
  EXPECT_EQ(read(*source, "model.embed_tokens.weight")[47], 47.0f);
}

TEST_F(ModelSourceTest, GgufFaultsAreNamed) {
  const auto refuse = [&](const TinyGguf& tiny, const std::string& part) {
    EXPECT_ERROR(FormatError, part, open(tiny));
  };
  refuse(TinyGguf::metadata_only().tensors("blk.0.ffn_up.weight"),
         "m.gguf: 1 tensors are missing: model.layers.0.mlp.up_proj.weight");
  refuse(TinyGguf::metadata_only().tensors("token_embd.weight"), "m.gguf: token_embd.weight: is missing");
  refuse(TinyGguf::metadata_only().tensors().ramp("blk.1.attn_norm.weight", {8}),
         "m.gguf: 1 tensors belong to no parameter of this llama model: blk.1.attn_norm.weight");
  refuse(TinyGguf::metadata_only().tensors("output_norm.weight").ramp("output_norm.weight", {9}),
         "model.norm.weight has shape [9], but the config makes it [8]");
  refuse(TinyGguf::metadata_only().tokenizer({"a", "b", "ab", "d", "e", "f", "g"}).tensors(),
         "tokenizer.ggml.tokens: 7 tokens, but the model's vocabulary has 6");
  refuse(TinyGguf::metadata_only().tensors("output_norm.weight").ramp("model.norm.weight", {8}),
         "m.gguf: model.norm.weight: is Hugging Face's name, which no tensor has in GGUF");
  refuse(TinyGguf::metadata_only().tensors().ramp("rope_freqs.weight", {2}), "rope_freqs.weight: Llama 3.1's");
  TinyGguf other;
  other.file.text("general.architecture", "gemma3");
  refuse(other, "m.gguf: general.architecture: \"gemma3\" is not supported; supported are llama, mistral");
}

TEST_F(ModelSourceTest, FolderFaultsAreNamed) {
  const fs::path folder = hf_folder();
  const auto refuse = [&](const std::string& part) { EXPECT_ERROR(FormatError, part, open_model_source(folder)); };
  patch_json(folder / "config.json", "intermediate_size", 16);
  refuse("hf: model.layers.0.mlp.gate_proj.weight has shape [12, 8], but the config makes it [16, 8]");
  patch_json(folder / "config.json", "intermediate_size", 12);
  patch_json(folder / "config.json", "num_hidden_layers", 2);
  refuse("hf: 9 tensors are missing: model.layers.1.input_layernorm.weight");
  patch_json(folder / "config.json", "num_hidden_layers", 1);
  patch_json(folder / "tokenizer.json", "added_tokens", json::parse(R"([{"id": 6, "content": "<x>"}])"));
  refuse("tokenizer.json: the tokenizer has id 6, but the model's vocab_size is 6");
  test::write_file(folder / "config.json", "{");
  refuse("config.json: not JSON");
}

TEST_F(ModelSourceTest, ACopyOfTheTiedHeadIsNoExtraTensor) {
  const fs::path folder = hf_folder();
  std::vector<formats::TensorInfo> infos;
  std::vector<std::byte> data;
  {
    const formats::HfWeights weights(folder);
    for (const auto& tensor : weights.tensors()) {
      infos.push_back(tensor);
      data.insert(data.end(), tensor.bytes.begin(), tensor.bytes.end());
    }
  }
  infos.push_back({"lm_head.weight", DType::kF32, {6, 8}});
  data.resize(data.size() + 6 * 8 * 4);
  formats::SafetensorsWriter writer(folder / "model.safetensors", infos, {});
  writer.write(data);
  writer.finish();
  EXPECT_NO_THROW(open_model_source(folder));
  patch_json(folder / "config.json", "num_hidden_layers", 1);
  patch_json(folder / "config.json", "tie_word_embeddings", false);
  EXPECT_NO_THROW(open_model_source(folder));
}

TEST_F(ModelSourceTest, SaysWhereThereIsNoModel) {
  EXPECT_ERROR(IoError, "can't open", open_model_source(folder_ / "nowhere"));
  EXPECT_ERROR(FormatError, "no model here", open_model_source(folder_.path()));
}

// XXH3 of what transformers 5.23.0 gives for these weights, q and k un-permuted.
TEST(SmolLm2SourceTest, WeightsEqualThoseOfTransformersBitForBit) {
  const auto source =
      open_model_source(fs::path(TRIREME_SOURCE_DIR) / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf");
  EXPECT_EQ(describe(source->config()).num_parameters(), 134'515'008);
  const std::map<std::string, std::string> expected = {
      {"model.layers.0.self_attn.q_proj.weight", "8154e56a5af30741f367b0db74b0177c"},
      {"model.layers.29.self_attn.k_proj.weight", "84b6283db8aa67b6f25deadafd9b3ee1"},
      {"model.embed_tokens.weight", "c7a09cb9018af4020a910ac23069886c"}};
  int checked = 0;
  for (const ParameterSpec& parameter : describe(source->config()).parameters()) {
    const auto entry = expected.find(parameter.name);
    if (entry == expected.end()) continue;
    std::vector<float> values(static_cast<size_t>(parameter.numel()));
    source->read(parameter, 0, values);
    EXPECT_EQ(content_hash(std::as_bytes(std::span(values))), entry->second) << parameter.name;
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

}  // namespace
}  // namespace trireme::arch
