#pragma once

#include "trireme/cloud/description/load.h"

namespace trireme::cloud {

/// Names that the catalogue must know: region, zones and instance types. REQUIRES: no diagnostic is an error.
void check_catalog(LoadedCluster& loaded);

}  // namespace trireme::cloud
