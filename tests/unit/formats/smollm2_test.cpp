#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "trireme/core/hash.h"
#include "trireme/formats/ggml_values.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_tokenizer.h"

namespace trireme::formats {
namespace {

/// Real weights, which tests/support/fetch_smollm2.py fetches.
const fs::path kSmolLm2 = fs::path(TRIREME_SOURCE_DIR) / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";

std::string hash_of(const GgufFile& file, const std::string& name) {
  const GgufTensor& tensor = *file.find(name);
  std::vector<float> values(static_cast<size_t>(tensor.numel()));
  dequantize(tensor.type, tensor.bytes, values);
  return content_hash(std::as_bytes(std::span(values)));
}

TEST(SmolLm2Test, ReadsTheFileOfThePackage) {
  const GgufFile file(kSmolLm2);
  EXPECT_EQ(file.tensors().size(), 272u);
  EXPECT_EQ(file.text("general.architecture"), "llama");
  EXPECT_EQ(file.integer("llama.block_count"), 30);
  int64_t parameters = 0;
  for (const GgufTensor& tensor : file.tensors()) parameters += tensor.numel();
  EXPECT_EQ(parameters, 134'515'008);
}

// XXH3 of the fp32 values that transformers 5.23.0 makes of this file (gguf 0.19.0 dequantises them).
TEST(SmolLm2Test, DequantisesBitForBitAsTransformers) {
  const GgufFile file(kSmolLm2);
  EXPECT_EQ(hash_of(file, "token_embd.weight"), "c7a09cb9018af4020a910ac23069886c");       // Q8_0
  EXPECT_EQ(hash_of(file, "blk.15.ffn_down.weight"), "d8de0c18b7f3a1b3566a3f7320bb0856");  // Q4_1
  EXPECT_EQ(hash_of(file, "output_norm.weight"), "b23f70070b335385af860f0ed75cab3e");      // F32
}

TEST(SmolLm2Test, TokenizerHasAllTokensAndMerges) {
  const nlohmann::json tokenizer = tokenizer_json_from_gguf(GgufFile(kSmolLm2));
  EXPECT_EQ(tokenizer["model"]["vocab"].size(), 49152u);
  EXPECT_EQ(tokenizer["model"]["merges"].size(), 48900u);
  EXPECT_EQ(tokenizer["added_tokens"].size(), 17u);
  EXPECT_EQ(tokenizer["added_tokens"][1]["content"], "<|im_start|>");
}

}  // namespace
}  // namespace trireme::formats
