#pragma once

#include "trireme/core/error.h"
#include "trireme/core/file.h"

namespace trireme::cli {

/// trireme-train, beside this executable. Throws IoError when it is not there, with the way to build it.
fs::path training_executable();
/// Replaces this process by trireme-train with the same arguments. Throws IoError; does not return.
[[noreturn]] void become_training_tower();

}  // namespace trireme::cli
