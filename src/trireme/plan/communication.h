#pragma once

#include "trireme/plan/memory.h"

namespace trireme::plan {

/// One kind of collective in a step.
struct Traffic {
  std::string axis;     // "dp_shard", "dp_replicate"
  std::string op;       // "all_gather", "reduce_scatter", "all_reduce"
  std::string what;     // "parameters", "gradients"
  int64_t ranks = 1;    // in a group
  int64_t calls = 0;    // of one rank in a step
  int64_t payload = 0;  // bytes of the whole tensors, summed over calls

  /// Bytes that one rank sends in a step when a ring carries it: payload x (n-1)/n, twice that for
  /// all_reduce.
  double sent() const;
};

/// Collectives over more than one rank that carry parameters or gradients. Scalars (loss, norm) are left out.
std::vector<Traffic> plan_communication(const UnitPlan& units, const Sharding& sharding, const StepWalk& walk,
                                        int64_t accumulation_steps);

}  // namespace trireme::plan
