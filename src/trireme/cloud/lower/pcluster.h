#pragma once

#include "trireme/cloud/model/model.h"
#include "trireme/config/value.h"

namespace trireme::cloud {

/// Lowers a configuration of AWS ParallelCluster 3, with or without holes to fill.
/// Source: AWS ParallelCluster User Guide, "Cluster configuration file".
Model lower_pcluster(const config::Value& document, const std::string& file);

}  // namespace trireme::cloud
