#include "trireme/plan/units.h"

#include <algorithm>
#include <map>

#include "trireme/core/check.h"
#include "trireme/core/units.h"

namespace trireme::plan {

namespace {

constexpr int64_t kBorderBytes = 256;

using LayerSet = std::vector<size_t>;

std::map<std::string, LayerSet> layers_by_parameter(const arch::Architecture& architecture) {
  std::map<std::string, LayerSet> users;
  for (size_t i = 0; i < architecture.layers.size(); ++i) {
    for (const auto& parameter : architecture.layers[i].parameters) users[parameter.name].push_back(i);
  }
  return users;
}

DType dtype_named(const std::string& name) {
  const auto dtype = dtype_from_name(name);
  TRIREME_CHECK(dtype.has_value(), "unknown dtype \"{}\"", name);
  return *dtype;
}

}  // namespace

Dtypes dtypes_of(const recipe::Precision& precision) {
  const DType compute = dtype_named(precision.compute);
  if (compute == DType::kF64) return {compute, compute, compute};
  return {compute, dtype_named(precision.reduce), DType::kF32};
}

UnitPlan plan_units(const arch::Architecture& architecture, int64_t num_shards, const Dtypes& dtypes) {
  const int64_t alignment = kBorderBytes / std::min(size_of(dtypes.compute), size_of(dtypes.reduce));
  const auto users = layers_by_parameter(architecture);
  UnitPlan plan;
  std::vector<int64_t> ends;  // of each unit's last tensor, aligned
  std::map<std::pair<LayerSet, bool>, size_t> unit_of;
  for (size_t i = 0; i < architecture.layers.size(); ++i) {
    std::vector<size_t>& used = plan.by_layer.emplace_back();
    for (const auto& parameter : architecture.layers[i].parameters) {
      const LayerSet& set = users.at(parameter.name);
      const auto [entry, is_new] = unit_of.try_emplace({set, parameter.frozen}, plan.units.size());
      const size_t unit = entry->second;
      if (is_new) {
        const std::string& name = set.size() == 1 ? architecture.layers[i].name : parameter.name;
        plan.units.push_back({.name = name,
                              .numel = 0,
                              .shard_numel = 0,
                              .num_shards = num_shards,
                              .layers = set,
                              .frozen = parameter.frozen});
        ends.push_back(0);
      }
      if (std::find(used.begin(), used.end(), unit) == used.end()) used.push_back(unit);
      if (set.front() != i) continue;  // placed by the first layer that uses it
      plan.units[unit].numel += parameter.numel();
      ends[unit] = round_up(ends[unit] + parameter.numel(), alignment);
    }
  }
  for (size_t i = 0; i < plan.units.size(); ++i) {
    plan.units[i].shard_numel = round_up(ceil_div(ends[i], num_shards), alignment);
  }
  return plan;
}

}  // namespace trireme::plan
