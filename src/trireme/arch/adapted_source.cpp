#include "trireme/arch/adapted_source.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/arch/block_shape.h"
#include "trireme/arch/source_checks.h"

namespace trireme::arch {

namespace {

std::vector<float> transposed(const Adapter::Matrix& matrix) {
  const int64_t rows = matrix.shape[0], columns = matrix.shape[1];
  std::vector<float> turned(matrix.values.size());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      turned[static_cast<size_t>(column * rows + row)] = matrix.values[static_cast<size_t>(row * columns + column)];
  return turned;
}

/// The base's own parameters count as found: its source has checked them.
void check_tensors(const Adapter& adapter, const Architecture& model) {
  std::map<std::string, std::vector<int64_t>> found;
  for (const auto& [name, matrix] : adapter.tensors) found[name] = matrix.shape;
  for (const ParameterSpec& parameter : model.parameters())
    if (parameter.frozen) found[parameter.name] = parameter.shape;
  check_parameters(found, model, {}, adapter.source);
}

}  // namespace

AdaptedSource::AdaptedSource(std::unique_ptr<ModelSource> base, const Adapter& adapter)
    : base_(std::move(base)), companion_files_(adapter.companion_files) {
  config_ = base_->config();
  const Architecture model = describe(config_, adapter.config.lora);
  check_tensors(adapter, model);
  for (const LayerSpec& layer : model.layers) {
    std::map<Module, std::array<std::string, 4>> names;  // of each part
    for (const ParameterSpec& each : layer.parameters) names[each.module][static_cast<size_t>(each.part)] = each.name;
    for (const auto& [module, parts] : names) {
      const auto& [weight, bias, a, b] = parts;
      if (a.empty()) continue;
      products_[weight] = product(adapter.tensors.at(a), adapter.tensors.at(b), layer.lora_scale);
    }
  }
}

AdaptedSource::Product AdaptedSource::product(const Adapter::Matrix& a, const Adapter::Matrix& b, double scale) const {
  const bool turned = block_shape(config_, 0).transposed;
  Product made{.rank = a.shape[0],
               .columns = turned ? b.shape[0] : a.shape[1],
               .left = turned ? transposed(a) : b.values,
               .right = turned ? transposed(b) : a.values};
  for (float& value : made.left) value *= static_cast<float>(scale);
  return made;
}

void AdaptedSource::Product::add(int64_t first, std::span<float> out) const {
  const int64_t end = first + static_cast<int64_t>(out.size());
  for (int64_t at = first; at < end;) {
    const int64_t row = at / columns, column = at % columns, count = std::min(columns - column, end - at);
    float* const sum = out.data() + (at - first);
    for (int64_t k = 0; k < rank; ++k) {
      const float factor = left[static_cast<size_t>(row * rank + k)];
      const float* const values = right.data() + k * columns + column;
      for (int64_t i = 0; i < count; ++i) sum[i] += factor * values[i];
    }
    at += count;
  }
}

void AdaptedSource::read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const {
  base_->read(parameter, first, out);
  if (const auto found = products_.find(parameter.name); found != products_.end()) found->second.add(first, out);
}

nlohmann::json AdaptedSource::hf_config(DType dtype) const { return base_->hf_config(dtype); }

std::map<std::string, std::string> AdaptedSource::companion_files() const {
  std::map<std::string, std::string> files = companion_files_;  // those of the training take precedence
  files.merge(base_->companion_files());
  return files;
}

}  // namespace trireme::arch
