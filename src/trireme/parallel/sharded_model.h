#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "trireme/formats/state_piece.h"
#include "trireme/layer/layer.h"
#include "trireme/parallel/device_trace.h"
#include "trireme/parallel/flat_shard.h"
#include "trireme/parallel/host_copies.h"
#include "trireme/parallel/unit.h"
#include "trireme/telemetry/trace.h"

namespace trireme::parallel {

struct NamedLayer {
  std::string name;  // "model.layers.7": for traces and messages
  std::unique_ptr<layer::Layer> layer;
};

/// What a forward keeps for its backward. One for each microbatch in flight.
using Activations = std::vector<layer::Saved>;

/// A whole parameter as layers read it.
struct PublishedParameter {
  std::string name;
  layer::Tensor value;
};

/// Bytes of this rank that stay allocated from step to step, counted tensor by tensor.
struct StateBytes {
  int64_t parameters = 0;  // masters and whole buffers that persist
  int64_t gradients = 0;
};

/// A list of layers whose parameters and gradients are laid over ranks as `ShardOptions` says.
///
/// Forward gathers the next layer's units before it computes a layer; backward does so in reverse and reduces a
/// unit's gradients while the layer below computes. Collective: every rank of both groups runs the same calls in the
/// same order.
class ShardedModel {
 public:
  /// Parameters start as zeros; fill `shards()` and call `publish`. `tracer` may be null; it outlives the model.
  ShardedModel(std::vector<NamedLayer> layers, DataParallelGroups groups, const ShardOptions& options,
               telemetry::Tracer* tracer = nullptr);

  /// Forgets the gradients of the step before.
  void begin_step();
  /// Adds the microbatch's loss to `sums` and its gradients to the units'.
  void forward_backward(const layer::Microbatch& batch, layer::StepSums& sums, bool last_microbatch);
  /// Waits for the last reductions; then `shards()` hold the gradients of the step.
  void finish_gradients();
  /// Forward alone: adds to `sums`, or returns logits when that is null.
  layer::Tensor evaluate(const layer::Microbatch& batch, layer::StepSums* sums);
  enum class Which { kTrained, kFrozen };
  /// Layers see the masters as they are now. Call after every change to them.
  void publish(Which which = Which::kTrained);

  /// This rank's masters and gradients, one entry a unit; gradients of frozen units are undefined.
  std::vector<FlatShard> shards(Which which = Which::kTrained);
  /// This rank's trained masters under their global names. With several replicas each holds the same pieces.
  std::vector<formats::StatePiece> state_pieces(HostCopies& host);
  /// Views of the whole parameters that persist beside the masters: where levels 1 and 2 gather them, or compute has a
  /// dtype of its own. Equal on all ranks of both groups.
  std::vector<PublishedParameter> published();
  StateBytes state_bytes() const;
  size_t num_units() const { return units_.size(); }

 private:
  enum class Gradients { kUnbound, kBound };

  static bool is(Which which, const Unit& unit);

  layer::Tensor forward(const layer::Microbatch& batch, layer::StepSums* sums, Activations* kept);
  void backward(const layer::Microbatch& batch, layer::StepSums& sums, Activations& kept, bool last_microbatch);
  layer::Tensor compute_forward(size_t i, const layer::Tensor& x, layer::Pass& pass);
  void acquire(size_t layer);
  void release(size_t layer);
  void bind(size_t layer, Gradients gradients);
  void reduce_finished_units(size_t layer, bool last_microbatch);
  void drain_reductions(size_t keep);

  std::vector<NamedLayer> layers_;
  ShardOptions options_;
  telemetry::Tracer* tracer_;
  DeviceTrace device_trace_;
  BufferPool value_pool_, frozen_pool_, gradient_pool_;  // one for frozen values: a layer alternates between the two
  std::vector<LayerUse> uses_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<bool> acquired_;           // by layer
  std::vector<int> backward_uses_left_;  // by unit
  std::deque<Unit*> reducing_;           // in order of issue
};

}  // namespace trireme::parallel
