#pragma once

#include "trireme/core/file.h"
#include "trireme/core/units.h"

namespace trireme {

// What this process may use of its host: what the host has, or less by a limit of the control groups that hold it, from
// its own up to the first. A batch system puts a job's limit on a group above the process's own. cgroup v2 and v1:
// docs.kernel.org/admin-guide/cgroup-v2.html, cgroup-v1/memory.html, scheduler/sched-bwc.html. `root` is for tests.

/// Bytes that it may still take without swapping. Shared memory has no limit of its own, and past this the kernel kills
/// instead of refusing.
Bytes available_memory(const fs::path& root = "/");

/// Cores, at least one: those it may run on, or the time it gets a second, rounded up.
int available_cores(const fs::path& root = "/");

}  // namespace trireme
