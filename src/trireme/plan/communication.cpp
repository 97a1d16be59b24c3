#include "trireme/plan/communication.h"

namespace trireme::plan {

namespace {

Traffic parameter_traffic(const UnitPlan& units, const Sharding& sharding, const StepWalk& walk, int64_t accumulation) {
  Traffic traffic{.axis = "dp_shard", .op = "all_gather", .what = "parameters", .ranks = sharding.groups.shard};
  for (size_t i = 0; i < units.units.size(); ++i) {
    // Whole parameters that persist are gathered once, after the update; frozen ones before the first step.
    const int64_t after_update = units.units[i].frozen ? 0 : 1;
    const int64_t calls = sharding.parameters() ? walk.unit_gathers[i] * accumulation : after_update;
    traffic.calls += calls;
    traffic.payload += calls * units.units[i].padded_numel() * size_of(sharding.dtypes.compute);
  }
  return traffic;
}

Traffic shard_gradient_traffic(const UnitPlan& units, const Sharding& sharding, int64_t accumulation) {
  Traffic traffic{.axis = "dp_shard", .op = "reduce_scatter", .what = "gradients", .ranks = sharding.groups.shard};
  const int64_t calls = sharding.gradients() ? accumulation : 1;
  for (const Unit& unit : units.units) {
    if (unit.frozen) continue;
    traffic.calls += calls;
    traffic.payload += calls * unit.padded_numel() * size_of(sharding.dtypes.reduce);
  }
  return traffic;
}

Traffic replicate_gradient_traffic(const UnitPlan& units, const Sharding& sharding) {
  Traffic traffic{.axis = sharding.zero == 0 ? "batch" : "dp_replicate",
                  .op = "all_reduce",
                  .what = "gradients",
                  .ranks = sharding.groups.replicate};
  const DType dtype = sharding.groups.shard > 1 ? sharding.dtypes.master : sharding.dtypes.reduce;
  for (const Unit& unit : units.units) {
    if (unit.frozen) continue;
    traffic.calls += 1;
    traffic.payload += unit.shard_numel * size_of(dtype);
  }
  return traffic;
}

}  // namespace

double Traffic::sent() const {
  const double others = static_cast<double>(ranks - 1) / static_cast<double>(ranks);
  return static_cast<double>(payload) * others * (op == "all_reduce" ? 2 : 1);
}

std::vector<Traffic> plan_communication(const UnitPlan& units, const Sharding& sharding, const StepWalk& walk,
                                        int64_t accumulation_steps) {
  std::vector<Traffic> traffic;
  if (sharding.groups.shard > 1) {
    traffic.push_back(parameter_traffic(units, sharding, walk, accumulation_steps));
    traffic.push_back(shard_gradient_traffic(units, sharding, accumulation_steps));
  }
  if (sharding.groups.replicate > 1) traffic.push_back(replicate_gradient_traffic(units, sharding));
  return traffic;
}

}  // namespace trireme::plan
