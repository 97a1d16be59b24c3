#pragma once

#include "distributed_training/tiny_training.h"
#include "trireme/arch/families/family.h"

namespace trireme::testing {

/// TinyRun's model as this family has it.
TinyRun run_of(const arch::Family& family);
/// Its model_type in the letters that GoogleTest takes.
std::string test_name(const arch::Family& family);

}  // namespace trireme::testing
