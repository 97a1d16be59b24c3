#pragma once

#include <memory>
#include <vector>

#include "trireme/parallel/flat_shard.h"
#include "trireme/parallel/host_copies.h"
#include "trireme/recipe/recipe.h"

namespace trireme::optim {

/// What the host and the guard decide about one update. Scalars on the device, fp32, so that nothing waits for it.
struct StepControl {
  at::Tensor learning_rate;
  at::Tensor gradient_divisor;  // clipping: gradients are divided by it; undefined: as they are
  at::Tensor skip;              // 1: leave everything as it is; 0: update
};

/// Steps the masters of this rank's shards. Not collective.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// May overwrite the gradients.
  virtual void step(const StepControl& control) = 0;
  /// This rank's state under global names, in host memory, for checkpoints.
  virtual std::vector<formats::StatePiece> state_pieces(parallel::HostCopies& host) = 0;
  /// Bytes of state on this rank, masters not counted.
  virtual int64_t state_bytes() const = 0;
};

/// Throws ConfigError for a name that is not known.
std::unique_ptr<Optimizer> make_optimizer(const recipe::Optimizer& options, std::vector<parallel::FlatShard> shards);

}  // namespace trireme::optim
