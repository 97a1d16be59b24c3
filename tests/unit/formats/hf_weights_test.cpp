#include "trireme/formats/hf_weights.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"

namespace trireme::formats {
namespace {

/// Tensors a, b, c of 4, 8 and 2 floats, each filled with its number of elements.
class HfWeightsTest : public ::testing::Test {
 protected:
  void write(int64_t max_shard_bytes) {
    HfWeightsWriter writer(folder_.path(), tensors_, max_shard_bytes);
    for (const TensorInfo& tensor : tensors_) {
      const std::vector<float> values(static_cast<size_t>(tensor.numel()), static_cast<float>(tensor.numel()));
      writer.write(std::as_bytes(std::span(values)));
    }
    writer.finish();
  }
  void patch_index(const std::string& name, const nlohmann::json& file) {
    nlohmann::json index = read_json(folder_ / "model.safetensors.index.json");
    if (file.is_null()) {
      index["weight_map"].erase(name);
    } else {
      index["weight_map"][name] = file;
    }
    test::write_file(folder_ / "model.safetensors.index.json", index.dump());
  }

  test::TemporaryFolder folder_;
  std::vector<TensorInfo> tensors_ = {{"a", DType::kF32, {4}}, {"b", DType::kF32, {2, 4}}, {"c", DType::kF32, {2}}};
};

TEST_F(HfWeightsTest, OneFileWhenAllFits) {
  write(1000);
  EXPECT_TRUE(fs::exists(folder_ / "model.safetensors"));
  EXPECT_FALSE(fs::exists(folder_ / "model.safetensors.index.json"));
  EXPECT_EQ(HfWeights(folder_.path()).tensors().size(), 3u);
}

TEST_F(HfWeightsTest, ShardsAreCutAtTheLimitAndReadBack) {
  write(24);  // a alone (16), b alone though it is larger (32), then c
  EXPECT_TRUE(fs::exists(folder_ / "model-00003-of-00003.safetensors"));
  const nlohmann::json index = read_json(folder_ / "model.safetensors.index.json");
  EXPECT_EQ(index["metadata"]["total_size"], 56);
  EXPECT_EQ(index["weight_map"]["b"], "model-00002-of-00003.safetensors");
  const HfWeights weights(folder_.path());
  for (const TensorInfo& tensor : tensors_) {
    const TensorView* view = weights.find(tensor.name);
    ASSERT_NE(view, nullptr);
    EXPECT_EQ(view->shape, tensor.shape);
    EXPECT_EQ(view->as<float>().back(), static_cast<float>(tensor.numel()));
  }
}

TEST_F(HfWeightsTest, NamesWhatIsMissing) {
  EXPECT_ERROR(FormatError, "neither model.safetensors nor model.safetensors.index.json", HfWeights w(folder_.path()));
  write(24);
  patch_index("d", "model-00001-of-00003.safetensors");
  EXPECT_ERROR(FormatError, "d is not in model-00001-of-00003.safetensors, where the index has it",
               HfWeights w(folder_.path()));
}

TEST_F(HfWeightsTest, NamesATensorThatTheIndexLacks) {
  write(40);  // shards {a}, {b, c}
  patch_index("c", nullptr);
  EXPECT_ERROR(FormatError, "model-00002-of-00002.safetensors: c is not in the index", HfWeights w(folder_.path()));
}

TEST_F(HfWeightsTest, RefusesAShardOutsideTheFolder) {
  write(24);
  patch_index("a", "../other.safetensors");
  EXPECT_ERROR(FormatError, "is not a file of the folder", HfWeights w(folder_.path()));
}

TEST_F(HfWeightsTest, NamesAMissingShard) {
  write(24);
  fs::remove(folder_ / "model-00002-of-00003.safetensors");
  EXPECT_ERROR(IoError, "model-00002-of-00003.safetensors: No such file", HfWeights w(folder_.path()));
}

}  // namespace
}  // namespace trireme::formats
