#pragma once

#include <nlohmann/json_fwd.hpp>

#include "trireme/core/file.h"

namespace trireme::bench {

struct CheckpointBench {
  fs::path folder;    // on the disk to measure; made, and left empty
  int64_t bytes = 0;  // of the whole state
  int ranks = 2;      // threads of this process
  int rounds = 4;     // of each measurement, in turns with its floor
};

/// Times sharded checkpoints against what the disk and the memory can do: saving against writing one file of equal
/// size and flushing it, loading against reading one (both without the page cache), and what an asynchronous save
/// holds up training for against copying a rank's shard. What is loaded is compared with what was saved.
/// Medians in seconds, their ratios, and GB/s. Throws IoError, and BugError when a loaded byte differs.
nlohmann::ordered_json run(const CheckpointBench& bench);

}  // namespace trireme::bench
