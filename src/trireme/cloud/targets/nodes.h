#pragma once

#include "trireme/catalog/network_card.h"
#include "trireme/cloud/description/cluster.h"

/// What the catalogue makes of a [nodes.…] group's "auto".
namespace trireme::cloud {

/// Throws ConfigError naming the group when its type is unknown.
const catalog::InstanceType& type_of(const NodeGroup& group);

/// Throws ConfigError when EFA is asked of a type that has none.
bool uses_efa(const NodeGroup& group);

/// A cluster placement group of our own: with EFA, unless the capacity was placed by AWS already. Throws ConfigError
/// when it is asked of a type that can't be in one.
bool wants_placement_group(const NodeGroup& group);

}  // namespace trireme::cloud
