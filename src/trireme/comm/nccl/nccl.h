#pragma once

#include <functional>
#include <memory>

#include "trireme/comm/communicator.h"
#include "trireme/core/clock.h"

namespace trireme::comm::nccl {

/// Whether this program was built with CUDA and NCCL.
bool available();

struct Options {
  Device device;  // this rank's GPU; another one for every rank of a host
  Seconds timeout{300};
  /// The cudaStream_t that the calling thread's work goes to now: operations start after what is on it, and Work::wait
  /// orders it after them.
  std::function<void*()> current_stream;
  bool timed = false;  // Work::device_interval knows when the GPU ran an operation, which costs it some microseconds
};

/// The same ranks as `host`, over NCCL for buffers of the GPU; buffers of host memory still go through `host`.
///
/// Each operation of the GPU is also matched among the hosts, so that a rank that skips one, calls another or has died
/// is named as it would be without a GPU. A watcher looks at that, at NCCL's asynchronous errors and at the deadline of
/// what the GPU runs, and aborts both communicators.
///
/// Operations run on a stream of the group, beside the caller's; those of on_current_stream() run on the caller's.
/// Sends and receives always have their own.
///
/// A group meets in NCCL at its first operation on the GPU, which blocks the host, at most until the deadline or an
/// abort. A group of one needs no NCCL.
/// Each pair of ranks that exchanges messages has channels of its own, made at the first message.
///
/// NCCL chooses the order of its sums: deterministic for one layout and library, not the rank order of other back-ends,
/// and bf16 and fp16 may be rounded after each addition; kMax and kMin may take the number where a rank has NaN.
/// Makes the GPU the calling thread's current one. Collective. Throws ConfigError without NCCL, DeviceError.
std::unique_ptr<Communicator> make_world(std::unique_ptr<Communicator> host, const Options& options);

}  // namespace trireme::comm::nccl
