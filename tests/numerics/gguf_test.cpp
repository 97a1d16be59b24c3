#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "numerics/tiny_model.h"
#include "support/temporary_folder.h"
#include "trireme/arch/gguf_architecture.h"
#include "trireme/arch/gguf_file.h"
#include "trireme/kernels/tensor_types.h"

// A model through a GGUF file computes what it did, bit for bit.
namespace trireme::tests {
namespace {

using formats::GgmlType;

/// The weights of a model in memory.
class TensorSource : public arch::ModelSource {
 public:
  TensorSource(const arch::ModelConfig& config, std::map<std::string, Tensor> tensors) : tensors_(std::move(tensors)) {
    config_ = config;
  }
  DType dtype() const override { return DType::kF32; }
  void read(const arch::ParameterSpec& parameter, int64_t first, std::span<float> out) const override {
    std::copy_n(tensors_.at(parameter.name).const_data_ptr<float>() + first, out.size(), out.begin());
  }
  nlohmann::json hf_config(DType) const override { return {}; }
  std::map<std::string, std::string> companion_files() const override { return {}; }

 private:
  std::map<std::string, Tensor> tensors_;
};

/// Of the tiny models, those that GGUF can hold. Gemma's has another scale of scores than llama.cpp gives it.
std::vector<std::string> gguf_models() {
  std::vector<std::string> names;
  for (const std::string& name : tiny_model_names()) {
    const arch::ModelConfig config = read_tiny_reference(name).config;
    const bool sayable = config.rope_scaling.rope_type != "llama3";
    if (sayable && !arch::gguf_architecture(config.model_type).empty()) names.push_back(name);
  }
  return names;
}

class GgufLogits : public testing::TestWithParam<std::string> {};

TEST_P(GgufLogits, AreThoseOfBefore) {
  TinyReference reference = read_tiny_reference(GetParam());
  reference.config.query_pre_attn_scalar = 0;
  model::WholeModel model = make_tiny(reference, DType::kF32);
  for (const auto& [name, parameter] : model.parameters()) parameter.copy_(parameter.to(at::kBFloat16));
  const test::TemporaryFolder folder;
  for (const GgmlType type : {GgmlType::kF32, GgmlType::kBF16}) {
    const fs::path path = folder / (std::string(formats::ggml_type_name(type)) + ".gguf");
    arch::write_gguf(TensorSource(reference.config, model.parameters()), path, type);
    const auto source = arch::open_model_source(path);
    model::WholeModel back(arch::describe(source->config()), {.device = {}, .max_positions = 64}, DType::kF32);
    back.load(*source);
    const Tensor tokens = tiny_batch().tokens;
    EXPECT_TRUE(at::equal(back.logits(tokens, nullptr, /*last_only=*/false), model.logits(tokens, nullptr, false)));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GgufLogits, testing::ValuesIn(gguf_models()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace trireme::tests
