#pragma once

#include <nlohmann/json_fwd.hpp>

#include "trireme/comm/communicator.h"
#include "trireme/core/dtype.h"
#include "trireme/kernels/profile.h"

namespace trireme::bench {

/// What a rank can do at best on this machine while its peers do the same: the floor under a step's kernels.
struct MachineFloor {
  double flops_per_second;  // of a large product in the dtype of the computation
  double bytes_per_second;  // read or written, in arrays larger than the caches
};
/// Measures it on the CPU in about a second. Collective.
MachineFloor measure_floor(comm::Communicator& world, DType compute);

/// An array of {family, calls, ms, floor_ms} for one of `steps` steps, in the order of kFamilies; `floor_ms` is the
/// time that the family's arithmetic and bytes take at the floor. Last the family "other", with nulls: processor time
/// of all threads, `cpu_seconds`, that no family accounts for: communication, copies, the batch.
nlohmann::ordered_json profile_rows(const kernels::Profile& profile, int64_t steps, double cpu_seconds,
                                    const MachineFloor& floor);

}  // namespace trireme::bench
