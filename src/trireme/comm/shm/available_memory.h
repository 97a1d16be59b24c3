#pragma once

#include "trireme/core/units.h"

namespace trireme::comm::shm {

/// Bytes that this process may still take without swapping: what the host has, or less by the limit of its container
/// (cgroup v2 and v1). Shared memory has no limit of its own, and past this the kernel kills instead of refusing.
Bytes available_memory();

}  // namespace trireme::comm::shm
