#pragma once

#include "trireme/cloud/description/cluster.h"
#include "trireme/config/option_set.h"

namespace trireme::cloud {

/// Declares every option of a cluster description, once: parsing, --set, validation, the JSON schema and
/// docs/reference/cluster.md all come from here. Options are declared for the tags, storage and nodes that `cluster`
/// holds by name. `cluster` must outlive the set and keep its parts where they are.
config::OptionSet describe(Cluster& cluster);

/// A cluster with one part of each kind, called NAME, for the reference page and the schema.
Cluster sample_cluster();

}  // namespace trireme::cloud
