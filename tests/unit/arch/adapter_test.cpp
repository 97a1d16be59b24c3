#include "trireme/arch/adapter.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/fuzz_rounds.h"
#include "support/mutate.h"
#include "support/temporary_folder.h"
#include "support/tiny_gguf.h"
#include "trireme/arch/hf_folder.h"
#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"
#include "trireme/formats/safetensors.h"

namespace trireme::arch {
namespace {

using nlohmann::json;

constexpr const char* kQuery = "model.layers.0.self_attn.q_proj.weight";
constexpr const char* kA = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
constexpr const char* kB = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";

class AdapterTest : public ::testing::Test {
 protected:
  AdapterTest() {
    test::write_file(folder_ / "m.gguf", test::TinyGguf::whole().file.bytes());
    write_hf_folder(*open_model_source(folder_ / "m.gguf"), base_, {});
    fs::create_directory(adapter_);
    write_config(json::object());
    write_matrices(kA, kB);
  }

  json config() const {
    json config = peft_config_to_json({.rank = 2, .alpha = 4, .targets = {"q_proj"}},
                                      open_model_source(base_)->config(), base_.string());
    return config;
  }
  void write_config(const json& changes) {
    json changed = config();
    changed.update(changes);
    test::write_file(adapter_ / "adapter_config.json", changed.dump());
  }
  /// A [2, 8] holds 0, 1, 2, ...; B [8, 2] holds 1 and 10 in each row.
  void write_matrices(const std::string& a, const std::string& b, std::vector<int64_t> shape_of_b = {8, 2}) {
    std::vector<float> values;
    for (int i = 0; i < 16; ++i) values.push_back(static_cast<float>(i));
    for (int i = 0; i < 16; ++i) values.push_back(i % 2 == 0 ? 1.0f : 10.0f);
    const std::vector<formats::TensorInfo> tensors = {{a, DType::kF32, {2, 8}},
                                                      {b, DType::kF32, std::move(shape_of_b)}};
    formats::SafetensorsWriter writer(adapter_ / "adapter_model.safetensors", tensors, {});
    writer.write(std::as_bytes(std::span(values)));
    writer.finish();
  }
  static std::vector<float> read(const ModelSource& source, const std::string& name, int64_t first = 0,
                                 int64_t count = -1) {
    for (const ParameterSpec& parameter : describe(source.config()).parameters()) {
      if (parameter.name != name) continue;
      std::vector<float> values(static_cast<size_t>(count < 0 ? parameter.numel() : count));
      source.read(parameter, first, values);
      return values;
    }
    ADD_FAILURE() << name;
    return {};
  }

  test::TemporaryFolder folder_;
  fs::path base_ = folder_ / "hf", adapter_ = folder_ / "adapter";
};

TEST_F(AdapterTest, OpensMergedIntoItsModel) {
  const auto base = open_model_source(base_), merged = open_model_source(adapter_);
  const std::vector<float> before = read(*base, kQuery), after = read(*merged, kQuery);
  for (size_t i = 0; i < after.size(); ++i) {
    const auto column = static_cast<float>(i % 8);
    EXPECT_EQ(after[i], before[i] + 2.0f * (column + 10.0f * (8.0f + column))) << i;  // alpha / rank = 2
  }
  EXPECT_EQ(read(*merged, "model.norm.weight"), read(*base, "model.norm.weight"));
  const std::vector<float> part = read(*merged, kQuery, 5, 20);  // across rows
  EXPECT_TRUE(std::equal(part.begin(), part.end(), after.begin() + 5));
}

TEST_F(AdapterTest, WritesWhatItReads) {
  write_peft_folder(read_adapter(adapter_), folder_ / "copy", DType::kF32);
  EXPECT_EQ(formats::read_json(folder_ / "copy/adapter_config.json"), config());
  const Adapter copy = read_adapter(folder_ / "copy");
  EXPECT_EQ(copy.tensors.at(kB).values, read_adapter(adapter_).tensors.at(kB).values);
  EXPECT_ERROR(ConfigError, "adapter", write_peft_folder(copy, adapter_, DType::kF32));  // not empty
}

TEST_F(AdapterTest, RefusesVariantsByName) {
  const std::vector<std::pair<json, std::string>> cases = {
      {{{"peft_type", "IA3"}}, "peft_type: is not \"LORA\""},
      {{{"use_dora", true}}, "use_dora: is true; adapters with it are not supported"},
      {{{"use_rslora", true}}, "use_rslora: is true"},
      {{{"bias", "all"}}, "bias: is \"all\""},
      {{{"rank_pattern", {{"q_proj", 4}}}}, "rank_pattern: is {\"q_proj\":4}"},
      {{{"modules_to_save", {"lm_head"}}}, "modules_to_save: is [\"lm_head\"]"},
      {{{"target_modules", ".*q_proj"}}, "target_modules: is neither a list of names nor \"all-linear\""},
      {{{"target_modules", {1}}}, "target_modules: is no list of names"},
      {{{"r", 0}}, "r: must be at least 1, got 0"},
      {{{"lora_alpha", 0}}, "lora_alpha: must be above 0, got 0"},
  };
  for (const auto& [changes, message] : cases) {
    write_config(changes);
    EXPECT_ERROR(FormatError, message, read_adapter(adapter_));
  }
}

TEST_F(AdapterTest, RefusesMatricesThatDoNotFitTheModel) {
  write_matrices(kA, "base_model.model.lm_head.lora_B.weight");
  EXPECT_ERROR(FormatError, "1 tensors are missing: base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight",
               open_model_source(adapter_));
  write_matrices(kA, kB, {2, 8});
  EXPECT_ERROR(FormatError, "lora_B.weight has shape [2, 8], but the config makes it [8, 2]",
               open_model_source(adapter_));
  write_matrices(kA, kB);
  write_config({{"target_modules", {"k_proj"}}});
  EXPECT_ERROR(FormatError, "2 tensors are missing: base_model.model.model.layers.0.self_attn.k_proj",
               open_model_source(adapter_));
}

TEST_F(AdapterTest, SaysWhichModelIsNotThere) {
  write_config({{"base_model_name_or_path", "org/model"}});
  EXPECT_ERROR(IoError, "adapts the model \"org/model\", which is not there", open_model_source(adapter_));
  write_config({{"base_model_name_or_path", adapter_.string()}});
  EXPECT_ERROR(FormatError, "which is an adapter itself: merge that first", open_model_source(adapter_));
}

TEST_F(AdapterTest, FuzzedConfigEndsInAnError) {
  std::mt19937 random(7);
  const std::string text = config().dump();
  for (test::FuzzRounds rounds(1000); rounds.next();) {
    test::write_file(adapter_ / "adapter_config.json", test::mutate(text, random));
    try {
      open_model_source(adapter_);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace trireme::arch
