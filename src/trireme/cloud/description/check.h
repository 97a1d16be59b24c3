#pragma once

#include "trireme/cloud/description/load.h"

namespace trireme::cloud {

/// Rules between options that need neither catalogue nor account. `file` is blamed for what is missing.
void check_options(LoadedCluster& loaded, const std::string& file);

}  // namespace trireme::cloud
