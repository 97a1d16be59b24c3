#pragma once

#include <functional>
#include <string>

#include "trireme/core/error.h"

namespace trireme {

/// The body of a program's `main`: runs it, turns an exception into one line on standard error, "NAME: error: …", and
/// returns the exit status of either. `label` stands for "error:", as a terminal may want it in colour. Never throws.
int exit_status_of(const std::string& name, const std::string& label, const std::function<ExitCode()>& body);

}  // namespace trireme
