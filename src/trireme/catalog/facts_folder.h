#pragma once

#include "trireme/core/file.h"

namespace trireme::catalog {

/// The folder of fact tables: TRIREME_FACTS if that is set, else share/trireme/facts of the installation that
/// this program runs from, else the source tree it was built from. Throws IoError when none of them is there.
fs::path facts_folder();

}  // namespace trireme::catalog
