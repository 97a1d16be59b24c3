#include "numerics/tiny_model.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "trireme/arch/hf_config.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::tests {
namespace {

constexpr int64_t kRows = 2, kLength = 12, kVocab = 37;

fs::path fixtures() { return fs::path(TRIREME_SOURCE_DIR) / "tests/numerics/fixtures"; }

nlohmann::json summary() { return nlohmann::json::parse(read_file(fixtures() / "tiny_models.json")); }

uint32_t mixed(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

float tiny_value(uint32_t stream, uint32_t index) {
  const int64_t bits = mixed(index + 1000003u * (stream + 1)) >> 8;
  return static_cast<float>(bits - (1 << 23)) * 0x1p-25f;
}

}  // namespace

std::vector<std::string> tiny_model_names() {
  std::vector<std::string> names;
  const nlohmann::json json = summary();
  for (const auto& [name, value] : json.at("models").items()) names.push_back(name);
  return names;
}

TinyReference read_tiny_reference(const std::string& name) {
  const nlohmann::json json = summary().at("models").at(name);
  return {arch::model_config_from_hf(json.at("config"), name), json.at("losses_fp32"), json.at("losses_fp64"),
          formats::SafetensorsFile(fixtures() / (name + ".safetensors"))};
}

Tensor TinyReference::tensor(const std::string& name, DType dtype) const {
  const formats::TensorView* view = tensors.find(format("{}.{}", name_of(dtype), name));
  TRIREME_CHECK(view, "the fixture has no {}", name);
  return at::from_blob(const_cast<std::byte*>(view->bytes.data()), view->shape, kernels::scalar_type(dtype)).clone();
}

layer::Microbatch tiny_batch() {
  const Tensor ids = at::empty({kRows, kLength + 1}, at::kLong);
  for (int64_t i = 0; i < ids.numel(); ++i)
    ids.mutable_data_ptr<int64_t>()[i] = mixed(static_cast<uint32_t>(i)) % kVocab;
  Tensor targets = ids.narrow(1, 1, kLength).clone();
  targets[0][3] = layer::kIgnoredTarget;
  targets[1][10] = layer::kIgnoredTarget;
  return {.tokens = ids.narrow(1, 0, kLength).contiguous(),
          .targets = targets,
          .positions = model::row_positions(kRows, kLength, at::kCPU),
          .document_starts = {},
          .loss_scale = at::scalar_tensor(1.0 / (kRows * kLength - 2), at::kDouble)};
}

void fill_tiny(model::WholeModel& model) {
  uint32_t stream = 0;
  for (const auto& [name, parameter] : model.parameters()) {
    const Tensor values = at::empty(parameter.sizes(), at::kFloat);
    const bool norm = parameter.dim() == 1 && name.ends_with(".weight");
    auto* data = values.mutable_data_ptr<float>();
    for (int64_t i = 0; i < values.numel(); ++i) {
      data[i] = (norm ? 1.0f : 0.0f) + tiny_value(stream, static_cast<uint32_t>(i));
    }
    parameter.copy_(values);
    ++stream;
  }
}

model::WholeModel make_tiny(const TinyReference& reference, DType dtype, arch::Recompute recompute) {
  model::WholeModel model(arch::describe(reference.config), {.recompute = recompute, .device = {}, .max_positions = 64},
                          dtype);
  fill_tiny(model);
  return model;
}

double gradient_error(const std::map<std::string, Tensor>& gradients, const TinyReference& reference, DType dtype) {
  double total = 0;
  for (const auto& [name, gradient] : gradients)
    total += std::pow(reference.tensor(name, dtype).norm().item<double>(), 2);
  double worst = 0;
  for (const auto& [name, gradient] : gradients) {
    const Tensor expected = reference.tensor(name, dtype);
    const double scale = std::max(expected.norm().item<double>(), 1e-3 * std::sqrt(total));
    worst = std::max(worst, (gradient - expected).norm().item<double>() / scale);
  }
  return worst;
}

}  // namespace trireme::tests
