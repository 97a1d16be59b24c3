#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trireme/layer/layer.h"
#include "trireme/parallel/unit_gradients.h"
#include "trireme/parallel/unit_values.h"

namespace trireme::parallel {

/// What is gathered and reduced at once: the parameters that the same layers use, in one flat padded buffer. Frozen
/// ones make units of their own, which are gathered alike and have no gradients.
struct Unit {
  Unit(std::string unit_name, FlatLayout flat, DataParallelGroups groups, const ShardOptions& options,
       BufferPool& value_pool)
      : name(std::move(unit_name)),
        layout(std::move(flat)),
        runs(layout.runs(groups.shard.rank().value())),
        values(layout, groups, options, value_pool) {}

  std::string name;
  FlatLayout layout;
  std::vector<TensorRun> runs;  // what this rank's shard holds
  UnitValues values;
  std::optional<UnitGradients> gradients;  // of a frozen unit: none
  int layers_using = 0;
};

/// Where one parameter of a layer lies.
struct ParameterPlace {
  size_t unit = 0;
  size_t tensor = 0;  // in the unit's layout
};

/// A layer with the units it needs bound.
struct LayerUse {
  std::string name;
  layer::Layer* layer = nullptr;
  std::vector<ParameterPlace> parameters;  // in the order of layer->specs()
  std::vector<size_t> units;               // distinct, in order of first use
};

/// Groups parameters by the set of layers that use them, and by whether they are frozen: a layer's own parameters form
/// one unit, and a tied weight forms a unit that two layers share, gathered for each and reduced once.
struct UnitPlan {
  std::vector<std::string> names;
  std::vector<std::vector<arch::ParameterSpec>> specs;  // of each unit
  std::vector<bool> frozen;                             // of each unit
  std::vector<LayerUse> uses;                           // of each layer
};
UnitPlan plan_units(const std::vector<std::pair<std::string, layer::Layer*>>& layers);

}  // namespace trireme::parallel
