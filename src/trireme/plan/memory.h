#pragma once

#include "trireme/arch/activations.h"
#include "trireme/plan/batch.h"
#include "trireme/plan/step_walk.h"

namespace trireme::plan {

/// What a rank's process on a CPU takes beside its tensors, as PSS: code, scratch memory of libraries, heap that is
/// free but not given back. Measured: benchmarks/results/memory-of-a-rank.md.
inline constexpr int64_t kProcessBytes = int64_t{110} << 20;

/// Bytes of one rank, by kind, at the moment of a step when they are most.
struct Memory {
  int64_t parameters = 0;        // whole, in the compute dtype, where they persist
  int64_t master_weights = 0;    // this rank's shard, where it is not a slice of the whole parameters
  int64_t gradients = 0;         // that persist between microbatches
  int64_t optimizer_state = 0;   // moments of this rank's shard
  int64_t gathered = 0;          // whole parameters in use and prefetched (zero = 3)
  int64_t gradient_buffers = 0;  // whole gradients in use (zero >= 2) and in reduction
  int64_t activations = 0;       // saved for backward
  int64_t workspace = 0;         // inside kernels
  int64_t inputs = 0;            // tokens, targets, positions, and the rotary or sinusoidal table
  int64_t teacher = 0;           // whole, with what it says of a microbatch and the logits of some rows of both
  std::string moment;            // "head forward"

  int64_t persistent() const { return parameters + master_weights + gradients + optimizer_state; }
  int64_t total() const {
    return persistent() + gathered + gradient_buffers + activations + workspace + inputs + teacher;
  }
};

/// `kind` and bytes of each member, in the order of the struct.
std::vector<std::pair<std::string, int64_t>> by_kind(const Memory& memory);

/// What data parallelism decides about memory and communication.
struct Sharding {
  DataParallel groups;
  int64_t zero = 0;
  bool reshard_after_forward = true;
  Dtypes dtypes;

  bool parameters() const { return zero >= 3 && groups.shard > 1; }
  bool gradients() const { return zero >= 2 && groups.shard > 1; }
  /// Of the whole gradients that backward adds to.
  DType gradient_dtype() const { return gradients() ? dtypes.reduce : dtypes.master; }
  /// Whole gradients are copied to the reduce dtype before they are sent.
  bool narrows_gradients() const {
    return gradient_dtype() != dtypes.reduce && (groups.shard > 1 || groups.replicate > 1);
  }
};

/// REQUIRES: a name that a recipe's validation has accepted.
arch::Recompute recompute_of(const recipe::Train& train);

/// Walks one step of `architecture` as `recipe` trains it, with one thread a rank where it leaves their number open.
/// REQUIRES: pp, cp, tp and ep are 1.
StepWalk walk_of(const arch::Architecture& architecture, const UnitPlan& units, const Sharding& sharding,
                 const recipe::Recipe& recipe, int64_t microbatch_tokens);

Memory plan_memory(const recipe::Recipe& recipe, const UnitPlan& units, const Sharding& sharding, const StepWalk& walk);

}  // namespace trireme::plan
