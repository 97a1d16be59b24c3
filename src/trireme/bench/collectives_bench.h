#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "trireme/bench/collective_case.h"

namespace trireme::bench {

struct CollectivesBench {
  std::vector<Collective> collectives;
  DType dtype = DType::kF32;
  int64_t min_bytes = 4 << 10, max_bytes = 256 << 20;  // each size is four times the one before
  int rounds = 7;                                      // figures of a row
  std::vector<BufferKind> buffers;
};

/// Checks, then times, every collective over every kind of buffer and size. Collective over `world`, whose data lies on
/// `device`. A figure is the time of the slowest rank for a batch of runs of 2 ms or more between two barriers, over
/// the number of runs; on an accelerator the batch ends when the device has finished it.
///
/// The same rows on every rank: operation, ranks, backend, bytes, dtype, buffers, seconds_median, seconds_min,
/// algbw_gbs (bytes over the median, in 1e9 bytes per second), busbw_gbs (times bus_factor), spread (slowest round
/// less fastest, over the median), checked. Throws CommError, IoError, and BugError for a wrong result.
nlohmann::ordered_json run(const CollectivesBench& bench, comm::Communicator& world, Device device);

}  // namespace trireme::bench
