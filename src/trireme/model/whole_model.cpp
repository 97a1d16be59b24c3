#include "trireme/model/whole_model.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/kernels/tensor_types.h"
#include "trireme/model/initialize.h"

namespace trireme::model {

WholeModel::WholeModel(const arch::Architecture& architecture, const BuildOptions& options, DType compute)
    : architecture_(architecture),
      device_(kernels::aten_device(options.device)),
      compute_(kernels::scalar_type(compute)),
      max_positions_(options.max_positions),
      layers_(build_layers(architecture, options)) {
  for (const arch::ParameterSpec& spec : architecture_.parameters()) {
    parameters_[spec.name] = at::empty(spec.shape, at::TensorOptions().dtype(compute_).device(device_));
  }
  bind();
}

void WholeModel::bind() {
  for (const auto& each : layers_) {
    std::vector<Tensor> values, gradients;
    for (const arch::ParameterSpec& spec : each->specs()) {
      values.push_back(parameters_.at(spec.name));
      const auto found = gradients_.find(spec.name);
      gradients.push_back(found == gradients_.end() ? Tensor() : found->second);
    }
    each->bind(values, gradients);
  }
}

template <class Read>
void WholeModel::fill(const Read& read) {
  for (const arch::ParameterSpec& spec : architecture_.parameters()) {
    const Tensor values = at::empty(spec.shape, at::kFloat);
    read(spec, std::span(values.mutable_data_ptr<float>(), static_cast<size_t>(values.numel())));
    parameters_.at(spec.name).copy_(values);
  }
}

void WholeModel::initialize(uint64_t seed) {
  fill([&](const arch::ParameterSpec& spec, std::span<float> out) { initial_values(seed, spec, 0, out); });
}

void WholeModel::load(const arch::ModelSource& source) {
  fill([&](const arch::ParameterSpec& spec, std::span<float> out) { source.read(spec, 0, out); });
}

const std::map<std::string, Tensor>& WholeModel::gradients() {
  if (gradients_.empty()) {
    for (const arch::ParameterSpec& spec : architecture_.parameters()) {
      if (spec.frozen) continue;
      const Tensor& value = parameters_.at(spec.name);
      gradients_[spec.name] = at::zeros(value.sizes(), value.options().dtype(kernels::accumulation_type(compute_)));
    }
    bind();
  }
  return gradients_;
}

void WholeModel::evaluate(const layer::Microbatch& batch, layer::StepSums& sums) {
  layer::Pass pass{.batch = batch, .sums = &sums};
  Tensor x;
  for (const auto& each : layers_) x = each->forward(x, pass);
}

void WholeModel::forward_backward(const layer::Microbatch& batch, layer::StepSums& sums) {
  gradients();
  std::vector<layer::Saved> saved(layers_.size());
  Tensor x;
  for (size_t i = 0; i < layers_.size(); ++i) {
    layer::Pass pass{.batch = batch, .saved = &saved[i], .sums = &sums};
    x = layers_[i]->forward(x, pass);
  }
  layer::ImmediateWeightGrads weight_grads;
  for (size_t i = layers_.size(); i-- > 0;) {
    layer::Pass pass{.batch = batch, .saved = &saved[i], .sums = &sums};
    x = layers_[i]->backward(x, pass, weight_grads);
  }
}

Tensor WholeModel::logits(const layer::Microbatch& batch) {
  layer::Pass pass{.batch = batch};
  Tensor x;
  for (const auto& each : layers_) x = each->forward(x, pass);
  return x;
}

kernels::Unprojected WholeModel::unprojected(const layer::Microbatch& batch) {
  kernels::Unprojected made;
  layer::Pass pass{.batch = batch, .unprojected = &made};
  Tensor x;
  for (const auto& each : layers_) x = each->forward(x, pass);
  TRIREME_CHECK(made.hidden.defined(), "this model has no projection to a vocabulary");
  return made;
}

std::vector<layer::KvCache> WholeModel::make_caches(int64_t batch) const {
  const arch::ModelConfig& config = architecture_.config;
  const std::vector<int64_t> shape = {batch, config.kv_heads(), max_positions_, config.head_size()};
  const auto options = at::TensorOptions().dtype(compute_).device(device_);
  std::vector<layer::KvCache> caches(layers_.size());
  for (size_t i = 0; i < caches.size(); ++i) {
    if (architecture_.layers[i].kind != arch::LayerKind::kBlock) continue;
    caches[i] = {at::empty(shape, options), at::empty(shape, options), 0};
  }
  return caches;
}

Tensor WholeModel::logits(const Tensor& tokens, std::vector<layer::KvCache>* caches, bool last_only) {
  int64_t earlier = 0;
  if (caches) {
    for (const layer::KvCache& cache : *caches) earlier = std::max(earlier, cache.length);
  }
  TRIREME_CHECK(earlier + tokens.size(1) <= max_positions_, "{} tokens, but the model was built for {} positions",
                earlier + tokens.size(1), max_positions_);
  const layer::Microbatch batch{.tokens = tokens,
                                .targets = {},
                                .positions = row_positions(tokens.size(0), tokens.size(1), device_, earlier),
                                .document_starts = {},
                                .loss_scale = {}};
  Tensor x;
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (last_only && i + 1 == layers_.size()) x = x.narrow(1, x.size(1) - 1, 1).contiguous();
    layer::Pass pass{.batch = batch, .cache = caches ? &(*caches)[i] : nullptr};
    x = layers_[i]->forward(x, pass);
  }
  return x;
}

Tensor row_positions(int64_t batch, int64_t seq_len, at::Device device, int64_t first) {
  const auto options = at::TensorOptions().dtype(at::kLong).device(device);
  return at::arange(first, first + seq_len, options).expand({batch, seq_len}).contiguous();
}

layer::StepSums make_step_sums(at::Device device, int64_t rows) {
  const auto options = at::TensorOptions().dtype(at::kDouble).device(device);
  return {at::zeros({}, options), rows > 0 ? at::zeros({rows}, options) : Tensor()};
}

}  // namespace trireme::model
