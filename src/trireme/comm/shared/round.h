#pragma once

#include <vector>

#include "trireme/comm/operation.h"
#include "trireme/comm/shared/control.h"
#include "trireme/core/clock.h"

namespace trireme::comm {

inline constexpr int64_t kChunkBytes = int64_t{256} << 10;  // stays in a second-level cache until a peer reads it
inline constexpr int64_t kStagingBytes = 2 * kChunkBytes;
// A call of the kernel takes longer than staging fewer.
inline constexpr int64_t kBytesWorthReading = int64_t{16} << 10;

/// One collective under way on this rank.
struct Round {
  Round(const Operation& operation_, Deadline deadline_, int parity_)
      : operation(operation_), deadline(deadline_), parity(parity_) {}

  /// That of a rank. REQUIRES: they have met.
  const Posting& of(int rank) const { return postings[static_cast<size_t>(rank)]; }

  const Operation& operation;
  Deadline deadline;
  int parity;
  Posting mine{};
  std::vector<Posting> postings;  // of every rank, once they have met
  bool any_in_view = false;
  bool any_read = false;
  bool any_staged = false;  // then they go chunk by chunk, and meet after each
};

}  // namespace trireme::comm
