#include "trireme/plan/plan.h"

#include "trireme/arch/validate.h"
#include "trireme/core/check.h"

namespace trireme::plan {

namespace {

void check_nodes(const World& world, Diagnostics& found) {
  if (world.size < 1 || world.local_size == 0) return;
  if (world.local_size >= 1 && world.size % world.local_size == 0) return;
  found.error("", format("{} ranks do not fill nodes of {} ranks", world.size, world.local_size),
              format("nearest valid local sizes: {}", nearest_values(world.local_size, world.size, [&](int64_t size) {
                       return world.size % size == 0;
                     })));
}

/// An error rather than a check that checks nothing.
void check_verification(const recipe::Recipe& recipe, const Degrees& degrees, Diagnostics& found) {
  const int64_t every = recipe.system.verify_every_steps;
  const DataParallel groups = data_parallel(degrees, recipe.parallel.zero);
  const bool gathers = groups.shard > 1 && recipe.parallel.zero < 3;
  if (every == 0 || groups.replicate > 1 || gathers) return;
  found.error(
      "system.verify_every_steps",
      format("{}: with {} rank{} and zero = {} no two ranks hold the same state, so there is nothing to compare", every,
             degrees.world(), degrees.world() == 1 ? "" : "s", recipe.parallel.zero),
      "set it to 0, or parallel.dp_replicate to 2 or more");
}

/// What the recipe and the world decide before anything is counted.
struct Resolved {
  Degrees degrees;
  Batch batch;
  Diagnostics problems;
};

Resolved resolve(const recipe::Recipe& recipe, const World& world) {
  Resolved resolved;
  Diagnostics of_degrees;
  resolved.degrees = resolve_degrees(recipe.parallel, world.size, of_degrees);
  resolved.problems.append(of_degrees);
  if (!of_degrees.has_errors()) {
    resolved.batch = resolve_batch(recipe.train, resolved.degrees, resolved.problems);
    check_verification(recipe, resolved.degrees, resolved.problems);
  }
  check_nodes(world, resolved.problems);
  return resolved;
}

/// Memory and traffic of these axes are not modelled; a recipe's checks refuse them by name.
void require_data_parallel_only(const Degrees& d) {
  TRIREME_CHECK(d.pp == 1 && d.cp == 1 && d.tp == 1 && d.ep == 1, "plan of pp {}, cp {}, tp {}, ep {}", d.pp, d.cp,
                d.tp, d.ep);
}

}  // namespace

int64_t Plan::padding() const {
  int64_t total = 0;
  for (const Unit& unit : units) total += unit.padding();
  return total;
}

Diagnostics find_problems(const recipe::Recipe& recipe, const World& world) { return resolve(recipe, world).problems; }

Outcome make_plan(const recipe::Recipe& recipe, const World& world) {
  Resolved resolved = resolve(recipe, world);
  Outcome outcome{.plan = std::nullopt, .problems = arch::validate(recipe.model.config)};
  outcome.problems.append(resolved.problems);
  if (outcome.problems.has_errors()) return outcome;

  const Degrees& degrees = resolved.degrees;
  const Batch& batch = resolved.batch;
  require_data_parallel_only(degrees);
  const arch::Architecture architecture = arch::describe(recipe.model.config, recipe.lora);
  const Sharding sharding{.groups = data_parallel(degrees, recipe.parallel.zero),
                          .zero = recipe.parallel.zero,
                          .reshard_after_forward = recipe.parallel.reshard_after_forward,
                          .dtypes = dtypes_of(recipe.precision)};
  UnitPlan units = plan_units(architecture, sharding.groups.shard, sharding.dtypes);
  const StepWalk walk = walk_of(architecture, units, sharding, recipe, batch.microbatch_tokens);
  Plan plan{.world = world.size,
            .local_size = world.local_size == 0 ? world.size : world.local_size,
            .degrees = degrees,
            .batch = batch,
            .sharding = sharding,
            .num_parameters = architecture.num_parameters(),
            .num_trained = architecture.num_trained(),
            .flops = arch::flop_terms(architecture),
            .units = {},
            .memory = plan_memory(recipe, units, sharding, walk),
            .traffic = plan_communication(units, sharding, walk, batch.accumulation_steps)};
  plan.units = std::move(units.units);
  outcome.plan = std::move(plan);
  return outcome;
}

double step_seconds_floor(const Plan& plan, int64_t seq_len, double peak_flops) {
  const double flops = arch::flops_per_token(plan.flops, seq_len, arch::FlopConvention::kMatmul) *
                       static_cast<double>(plan.batch.tokens_per_step);
  return flops / (static_cast<double>(plan.world) * peak_flops);
}

}  // namespace trireme::plan
