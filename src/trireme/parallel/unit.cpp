#include "trireme/parallel/unit.h"

#include <algorithm>
#include <map>

#include "trireme/core/check.h"

namespace trireme::parallel {

namespace {

using LayerSet = std::vector<size_t>;  // ascending layer indices

std::map<std::string, LayerSet> layers_by_parameter(const std::vector<std::pair<std::string, layer::Layer*>>& layers) {
  std::map<std::string, LayerSet> users;
  for (size_t i = 0; i < layers.size(); ++i)
    for (const auto& spec : layers[i].second->specs()) users[spec.name].push_back(i);
  return users;
}

/// The index of `spec` in `unit`, which it joins at its first use.
size_t place_in(std::vector<arch::ParameterSpec>& unit, const arch::ParameterSpec& spec) {
  const auto same = [&](const arch::ParameterSpec& other) { return other.name == spec.name; };
  const auto found = std::find_if(unit.begin(), unit.end(), same);
  if (found == unit.end()) {
    unit.push_back(spec);
    return unit.size() - 1;
  }
  TRIREME_CHECK(found->shape == spec.shape, "layers that share {} disagree on its shape", spec.name);
  return static_cast<size_t>(found - unit.begin());
}

}  // namespace

UnitPlan plan_units(const std::vector<std::pair<std::string, layer::Layer*>>& layers) {
  const auto users = layers_by_parameter(layers);
  UnitPlan plan;
  std::map<std::pair<LayerSet, bool>, size_t> unit_of;
  for (const auto& [name, layer] : layers) {
    LayerUse use{.name = name, .layer = layer, .parameters = {}, .units = {}};
    for (const auto& spec : layer->specs()) {
      const LayerSet& set = users.at(spec.name);
      const auto [entry, is_new] = unit_of.try_emplace({set, spec.frozen}, plan.specs.size());
      if (is_new) {
        plan.names.push_back(set.size() == 1 ? name : spec.name);
        plan.specs.emplace_back();
        plan.frozen.push_back(spec.frozen);
      }
      const size_t unit = entry->second;
      use.parameters.push_back({unit, place_in(plan.specs[unit], spec)});
      if (std::find(use.units.begin(), use.units.end(), unit) == use.units.end()) use.units.push_back(unit);
    }
    plan.uses.push_back(std::move(use));
  }
  return plan;
}

}  // namespace trireme::parallel
