#pragma once

#include "trireme/plan/degrees.h"

namespace trireme::plan {

/// How a step's sequences fall on ranks and microbatches.
struct Batch {
  int64_t batch_ranks = 1;         // ranks that read different sequences
  int64_t accumulation_steps = 1;  // microbatches of a rank in one step
  int64_t microbatch_tokens = 0;   // of one rank
  int64_t tokens_per_step = 0;     // of all ranks
};

/// global_batch_size = micro_batch_size x batch ranks x accumulation steps. What does not divide goes to
/// `found`, with the nearest valid values; the result then means nothing.
Batch resolve_batch(const recipe::Train& train, const Degrees& degrees, Diagnostics& found);

}  // namespace trireme::plan
