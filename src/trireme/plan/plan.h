#pragma once

#include <optional>

#include "trireme/arch/flops.h"
#include "trireme/plan/communication.h"

namespace trireme::plan {

/// The arithmetic of a run, resolved: what `trireme plan` prints and the trainer starts from.
struct Plan {
  int64_t world = 1;
  int64_t local_size = 1;  // ranks of one node
  Degrees degrees;
  Batch batch;
  Sharding sharding;
  int64_t num_parameters = 0;
  int64_t num_trained = 0;  // of them
  arch::FlopTerms flops;
  std::vector<Unit> units;
  Memory memory;
  std::vector<Traffic> traffic;

  int64_t padding() const;
};

struct World {
  int64_t size = 1;
  int64_t local_size = 0;  // ranks of one node; 0: all of them
};

/// A plan, or why there is none.
struct Outcome {
  std::optional<Plan> plan;  // empty when `problems` has errors
  Diagnostics problems;
};

/// Every problem of degrees, nodes and batch in a world: what a recipe's own checks can't know. Pure.
Diagnostics find_problems(const recipe::Recipe& recipe, const World& world);

/// Pure. REQUIRES: recipe.model.config is resolved (presets and folders read), and the recipe's own checks
/// passed. Validates the model and finds those problems too.
Outcome make_plan(const recipe::Recipe& recipe, const World& world);

/// Least seconds of a step: model FLOPs of one rank's share over a dense peak in FLOP/s.
double step_seconds_floor(const Plan& plan, int64_t seq_len, double peak_flops);

}  // namespace trireme::plan
