#pragma once

#include <vector>

#include "trireme/cloud/model/model.h"
#include "trireme/config/value.h"

namespace trireme::cloud {

/// Lowers Kubernetes manifests: every container, wherever a resource of any kind has its pod template.
Model lower_kubernetes(const std::vector<config::Value>& documents, const std::string& file);

}  // namespace trireme::cloud
