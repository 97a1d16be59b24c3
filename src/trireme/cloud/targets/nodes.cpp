#include "trireme/cloud/targets/nodes.h"

#include "trireme/core/error.h"

namespace trireme::cloud {

const catalog::InstanceType& type_of(const NodeGroup& group) {
  try {
    return catalog::instance_type(group.instance);
  } catch (const ConfigError& error) {
    throw ConfigError(format("nodes.{}.instance: {}", group.name, error.what()));
  }
}

bool uses_efa(const NodeGroup& group) {
  const bool offered = catalog::has_efa(type_of(group));
  if (group.efa == "on" && !offered) {
    throw ConfigError(
        format("nodes.{}.efa: {} has no EFA; write efa = \"auto\" or choose another type", group.name, group.instance));
  }
  return offered && group.efa != "off";
}

bool wants_placement_group(const NodeGroup& group) {
  const bool possible = type_of(group).placement_group.value_or(false);
  if (group.placement_group == "on" && !possible) {
    throw ConfigError(
        format("nodes.{}.placement_group: {} can't be in a cluster placement group", group.name, group.instance));
  }
  if (group.placement_group != "auto") return group.placement_group == "on";
  const bool placed_already = group.capacity.kind != "on-demand" && group.capacity.kind != "spot";
  return possible && uses_efa(group) && !placed_already;
}

}  // namespace trireme::cloud
