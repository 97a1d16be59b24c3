#pragma once

#include "distributed_training/tiny_training.h"
#include "trireme/arch/families/family.h"

namespace trireme::testing {

/// TinyRun's model as this family has it.
TinyRun run_of(const arch::Family& family);

}  // namespace trireme::testing
