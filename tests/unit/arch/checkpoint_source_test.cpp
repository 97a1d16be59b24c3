#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/arch/hf_config.h"
#include "trireme/arch/hf_folder.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/formats/checkpoint_manifest.h"

namespace trireme::arch {
namespace {

/// A checkpoint of a tiny Llama: element i of each parameter is i; with a moment beside each.
class CheckpointSourceTest : public ::testing::Test {
 protected:
  CheckpointSourceTest() {
    config_.hidden_size = 8;
    config_.intermediate_size = 12;
    config_.num_hidden_layers = 1;
    config_.num_attention_heads = 2;
    config_.vocab_size = 6;
    for (const ParameterSpec& parameter : describe(config_).parameters()) {
      add(parameter.name, parameter);
      add(parameter.name + ".exp_avg", parameter);
    }
  }

  void add(const std::string& name, const ParameterSpec& parameter) {
    formats::ManifestTensor tensor{DType::kF32, parameter.shape, {}};
    tensor.pieces.push_back({0, static_cast<int64_t>(data_.size()), {{}, {}, 0, parameter.numel()}});
    manifest_.tensors[name] = tensor;
    std::vector<float> values(static_cast<size_t>(parameter.numel()));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    data_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }

  void write(const fs::path& folder) {
    make_folders(folder);
    test::write_file(folder / "rank_00000.safetensors", data_);
    manifest_.state.model_config = model_config_to_hf(config_, DType::kF32).dump();
    manifest_.files = {{"rank_00000.safetensors", static_cast<int64_t>(data_.size()), {content_hash(data_)}}};
    test::write_file(folder / "manifest.json", formats::manifest_text(manifest_));
    test::write_file(folder / "tokenizer.json", R"({"model": {"vocab": {"a": 0}}})");
  }

  test::TemporaryFolder folder_;
  ModelConfig config_;
  formats::CheckpointManifest manifest_;
  std::string data_;
};

TEST_F(CheckpointSourceTest, ARunsNewestCheckpointBecomesAFolder) {
  make_folders(folder_ / "checkpoints/step_00000030");  // incomplete
  write(folder_ / "checkpoints/step_00000020");
  const auto source = open_model_source(folder_.path());
  EXPECT_EQ(source->config().hidden_size, 8);
  write_hf_folder(*source, folder_ / "hf", {});
  const auto hf = open_model_source(folder_ / "hf");
  std::vector<float> part(5);
  hf->read({"model.layers.0.mlp.down_proj.weight", {8, 12}}, 90, part);
  EXPECT_EQ(part, (std::vector<float>{90, 91, 92, 93, 94}));
  EXPECT_TRUE(hf->companion_files().contains("tokenizer.json"));
}

TEST_F(CheckpointSourceTest, FaultsAreNamed) {
  manifest_.tensors.erase("model.norm.weight");
  write(folder_ / "c");
  EXPECT_ERROR(FormatError, "manifest.json: 1 tensors are missing: model.norm.weight",
               open_model_source(folder_ / "c"));
}

TEST_F(CheckpointSourceTest, ADamagedShardIsNamedWhenRead) {
  write(folder_ / "c");
  test::overwrite(folder_ / "c/rank_00000.safetensors", 20, "x");
  const auto source = open_model_source(folder_ / "c");
  EXPECT_ERROR(FormatError, "rank_00000.safetensors: checksum of the", write_hf_folder(*source, folder_ / "hf", {}));
  EXPECT_FALSE(fs::exists(folder_ / "hf"));
}

}  // namespace
}  // namespace trireme::arch
