#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string_view>

#include "trireme/bench/rank_pattern.h"
#include "trireme/comm/communicator.h"

namespace trireme::bench {

/// kSendRecv: every rank sends its buffer to the next and receives from the one before, in a ring.
enum class Collective { kAllReduce, kAllGather, kReduceScatter, kAllToAll, kBroadcast, kSendRecv };

std::string_view name_of(Collective collective);
std::optional<Collective> collective_from_name(std::string_view name);

/// What algorithm bandwidth is multiplied by to compare with the hardware's: bytes a rank must move, over buffer bytes.
/// https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md
double bus_factor(Collective collective, int ranks);

/// kAllocated: from Communicator::allocate. kAny: the device's usual memory, as a caller may have it.
enum class BufferKind { kAllocated, kAny };

std::string_view name_of(BufferKind kind);

/// One collective over buffers of one size, out of place but for all_reduce and broadcast (from rank 0), which exist in
/// place alone. Collective: every rank makes and uses the same ones in the same order.
class CollectiveCase {
 public:
  /// `bytes` of the larger of input and output, cut to a multiple of one element a rank. `world` outlives it.
  CollectiveCase(comm::Communicator& world, Device device, Collective collective, DType dtype, int64_t bytes,
                 BufferKind kind);

  /// Fills the buffers, runs once and compares every element. Leaves zeros, which sums of sums can't overflow. Throws
  /// BugError naming the first wrong element.
  void check(const RankPattern& pattern);
  /// Runs once. On an accelerator it only orders the current stream after the operation.
  void run();
  int64_t bytes() const;

 private:
  void send_and_recv();
  /// What must be in piece `p` of the output: elements from `first` on of a period.
  struct Expected {
    const at::Tensor& period;
    int64_t first;
  };
  Expected expected(const RankPattern& pattern, int p) const;

  comm::Communicator& world_;
  Device device_;
  Collective collective_;
  int64_t piece_;  // elements of one rank's part of the larger buffer
  at::Tensor in_, out_;
};

}  // namespace trireme::bench
