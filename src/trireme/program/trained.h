#pragma once

#include "trireme/engine/trainer.h"
#include "trireme/mesh/mesh.h"

namespace trireme::program {

/// A trained model, on each of its ranks.
class Trained {
 public:
  /// Both outlive it.
  Trained(engine::Trainer& trainer, const mesh::Mesh& mesh, const parallel::ShardOptions& options)
      : trainer_(trainer), mesh_(mesh), options_(options) {}

  /// What the last module makes of these inputs, in evaluation mode, in host memory. Collective: each rank may bring
  /// inputs of its own.
  at::Tensor predict(const at::Tensor& inputs) const;
  /// One rank should speak for all.
  bool is_rank_0() const { return mesh_.world().rank() == Rank(0); }
  const engine::TrainerState& state() const { return trainer_.state(); }

 private:
  engine::Trainer& trainer_;
  const mesh::Mesh& mesh_;
  parallel::ShardOptions options_;
};

}  // namespace trireme::program
