#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/lower/conditions.h"
#include "trireme/cloud/model/model.h"
#include "trireme/core/diagnostic.h"

namespace trireme::cloud {

/// Languages that preflight reads, as `--kind` names them.
std::vector<std::string> template_kinds();

/// Reads and lowers a file that others wrote. `kind` empty: found out by what is in it. What is not the language that
/// it should be becomes diagnostics, and the model is then empty. Throws IoError when the file can't be read, and
/// ConfigError when nothing tells its kind.
Model read_template(const std::string& path, const std::string& kind, const Assignment& given,
                    Diagnostics& diagnostics);

}  // namespace trireme::cloud
