#include "trireme/parallel/sharded_model.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::parallel {

using layer::Microbatch;
using layer::Pass;
using layer::StepSums;

namespace {

/// Collectives want no staging; tensors want 256-byte borders in the narrower of the two dtypes.
int64_t alignment_of(const ShardOptions& options) {
  constexpr int64_t kBorderBytes = 256;
  const auto narrowest = std::min(c10::elementSize(options.compute), c10::elementSize(options.reduce));
  return kBorderBytes / static_cast<int64_t>(narrowest);
}

}  // namespace

ShardedModel::ShardedModel(std::vector<NamedLayer> layers, DataParallelGroups groups, const ShardOptions& options,
                           telemetry::Tracer* tracer)
    : layers_(std::move(layers)),
      options_(options),
      tracer_(tracer),
      device_trace_(tracer, kernels::device_of(options.device)),
      value_pool_(groups.shard, options.compute, options.device),
      frozen_pool_(groups.shard, options.compute, options.device),
      gradient_pool_(groups.of_gradients(), options.reduce, options.device),
      acquired_(layers_.size(), false) {
  std::vector<std::pair<std::string, layer::Layer*>> named;
  for (const auto& [name, layer] : layers_) named.emplace_back(name, layer.get());
  UnitPlan plan = plan_units(named);
  uses_ = std::move(plan.uses);
  for (size_t i = 0; i < plan.names.size(); ++i) {
    FlatLayout layout(std::move(plan.specs[i]), alignment_of(options), groups.shard.size());
    units_.push_back(std::make_unique<Unit>(std::move(plan.names[i]), std::move(layout), groups, options,
                                            plan.frozen[i] ? frozen_pool_ : value_pool_));
    Unit& unit = *units_.back();
    if (!plan.frozen[i]) unit.gradients.emplace(unit.layout, groups, options, gradient_pool_);
  }
  for (const LayerUse& use : uses_)
    for (size_t unit : use.units) ++units_[unit]->layers_using;
}

void ShardedModel::begin_step() {
  device_trace_.collect();
  for (auto& unit : units_)
    if (unit->gradients) unit->gradients->begin_step();
}

void ShardedModel::forward_backward(const Microbatch& batch, StepSums& sums, bool last_microbatch) {
  Activations kept(layers_.size());
  forward(batch, &sums, &kept);
  backward(batch, sums, kept, last_microbatch);
}

layer::Tensor ShardedModel::evaluate(const Microbatch& batch, StepSums* sums) { return forward(batch, sums, nullptr); }

layer::Tensor ShardedModel::forward(const Microbatch& batch, StepSums* sums, Activations* kept) {
  const size_t last = layers_.size() - 1;
  layer::Tensor x;
  acquire(0);
  for (size_t i = 0; i <= last; ++i) {
    if (i < last) acquire(i + 1);
    const bool needs_gradients = kept != nullptr && layers_[i].layer->accumulates_in_forward();
    // Its gradients may still be on their way from the microbatch before.
    if (needs_gradients) drain_reductions(/*keep=*/0);
    bind(i, needs_gradients ? Gradients::kBound : Gradients::kUnbound);
    Pass pass{.batch = batch, .saved = kept ? &(*kept)[i] : nullptr, .cache = nullptr, .sums = sums};
    x = compute_forward(i, x, pass);
    // Backward starts with the last layer, so freeing that would only gather it again.
    const bool stays = kept != nullptr && (i == last || !options_.reshard_after_forward);
    if (!stays) release(i);
  }
  return x;
}

layer::Tensor ShardedModel::compute_forward(size_t i, const layer::Tensor& x, Pass& pass) {
  const telemetry::Span span(tracer_, "compute", uses_[i].name, "forward");
  device_trace_.begin_compute();
  layer::Tensor y = layers_[i].layer->forward(x, pass);
  device_trace_.end_compute(uses_[i].name, "forward");
  return y;
}

void ShardedModel::backward(const Microbatch& batch, StepSums& sums, Activations& kept, bool last_microbatch) {
  backward_uses_left_.clear();
  for (const auto& unit : units_) backward_uses_left_.push_back(unit->layers_using);

  layer::Tensor dy;
  layer::ImmediateWeightGrads weight_grads;
  for (size_t i = layers_.size(); i-- > 0;) {
    if (i > 0) acquire(i - 1);
    drain_reductions(/*keep=*/1);  // frees the buffers of all but the newest, which overlaps with this layer
    bind(i, Gradients::kBound);
    Pass pass{.batch = batch, .saved = &kept[i], .cache = nullptr, .sums = &sums};
    {
      const telemetry::Span span(tracer_, "compute", uses_[i].name, "backward");
      device_trace_.begin_compute();
      dy = layers_[i].layer->backward(dy, pass, weight_grads);
      device_trace_.end_compute(uses_[i].name, "backward");
    }
    kept[i] = {};
    release(i);
    reduce_finished_units(i, last_microbatch);
  }
}

void ShardedModel::reduce_finished_units(size_t layer, bool last_microbatch) {
  for (size_t index : uses_[layer].units) {
    if (--backward_uses_left_[index] > 0) continue;
    Unit& unit = *units_[index];
    if (!unit.gradients) continue;
    const telemetry::Span span(tracer_, "reduce", unit.name, "issue");
    device_trace_.collective(unit.gradients->reduce(last_microbatch), "reduce", unit.name);
    reducing_.push_back(&unit);
  }
}

void ShardedModel::drain_reductions(size_t keep) {
  while (reducing_.size() > keep) {
    const telemetry::Span span(tracer_, "reduce", reducing_.front()->name, "wait");
    reducing_.front()->gradients->drain();
    reducing_.pop_front();
  }
}

void ShardedModel::finish_gradients() {
  drain_reductions(/*keep=*/0);
  for (auto& unit : units_)
    if (unit->gradients) unit->gradients->finish();
}

bool ShardedModel::is(Which which, const Unit& unit) {
  return unit.gradients.has_value() == (which == Which::kTrained);
}

void ShardedModel::publish(Which which) {
  for (auto& unit : units_)
    if (is(which, *unit)) device_trace_.collective(unit->values.publish(), "gather", unit->name);
}

void ShardedModel::acquire(size_t layer) {
  if (acquired_[layer]) return;
  acquired_[layer] = true;
  const telemetry::Span span(tracer_, "gather", uses_[layer].name, "issue");
  for (size_t unit : uses_[layer].units)
    device_trace_.collective(units_[unit]->values.acquire(), "gather", units_[unit]->name);
}

void ShardedModel::release(size_t layer) {
  if (!acquired_[layer]) return;
  acquired_[layer] = false;
  // A view left in the layer would keep the buffer's memory after the pool has dropped it.
  const std::vector<layer::Tensor> none(uses_[layer].parameters.size());
  layers_[layer].layer->bind(none, none);
  for (size_t unit : uses_[layer].units) units_[unit]->values.release();
}

void ShardedModel::bind(size_t layer, Gradients gradients) {
  const telemetry::Span span(tracer_, "gather", uses_[layer].name, "wait");
  std::vector<layer::Tensor> value_views, gradient_views;
  for (const ParameterPlace& place : uses_[layer].parameters) {
    Unit& unit = *units_[place.unit];
    const FlatTensor& tensor = unit.layout.tensors()[place.tensor];
    const auto view = [&](const layer::Tensor& whole) {
      return whole.narrow(0, tensor.offset, tensor.spec.numel()).view(tensor.spec.shape);
    };
    value_views.push_back(view(unit.values.wait()));
    const bool bound = gradients == Gradients::kBound && unit.gradients;
    gradient_views.push_back(bound ? view(unit.gradients->whole()) : layer::Tensor());
  }
  layers_[layer].layer->bind(value_views, gradient_views);
}

std::vector<FlatShard> ShardedModel::shards(Which which) {
  std::vector<FlatShard> shards;
  for (auto& unit : units_) {
    if (!is(which, *unit)) continue;
    FlatShard shard{.value = unit->values.master(),
                    .gradient = unit->gradients ? unit->gradients->shard() : layer::Tensor(),
                    .runs = {}};
    for (const TensorRun& run : unit->runs)
      shard.runs.push_back({&unit->layout.tensors()[run.tensor].spec, run.first, run.count, run.offset});
    shards.push_back(std::move(shard));
  }
  return shards;
}

std::vector<formats::StatePiece> ShardedModel::state_pieces(HostCopies& host) {
  std::vector<formats::StatePiece> pieces;
  for (const FlatShard& shard : shards())
    for (auto& piece : parallel::state_pieces(shard, host.of(shard.value))) pieces.push_back(std::move(piece));
  return pieces;
}

std::vector<PublishedParameter> ShardedModel::published() {
  std::vector<PublishedParameter> parameters;
  for (auto& unit : units_) {
    const layer::Tensor whole = unit->values.published();
    if (!whole.defined()) continue;
    for (const FlatTensor& tensor : unit->layout.tensors())
      parameters.push_back({tensor.spec.name, whole.narrow(0, tensor.offset, tensor.spec.numel())});
  }
  return parameters;
}

StateBytes ShardedModel::state_bytes() const {
  StateBytes bytes;
  for (const auto& unit : units_) {
    bytes.parameters += unit->values.persistent_bytes();
    if (unit->gradients) bytes.gradients += unit->gradients->persistent_bytes();
  }
  return bytes;
}

}  // namespace trireme::parallel
