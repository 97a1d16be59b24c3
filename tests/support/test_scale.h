#pragma once

#include <cstdint>

#include "trireme/core/environment.h"

namespace trireme::test {

/// How many times more random inputs a release suite wants than tier 1 does.
inline int test_scale() { return static_cast<int>(env_int("TRIREME_TEST_SCALE").value_or(1)); }

}  // namespace trireme::test
