#pragma once

#include <nccl.h>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "trireme/comm/communicator.h"
#include "trireme/device/stream_timer.h"

namespace trireme::comm::nccl {

/// One operation on a stream.
struct Pending {
  std::string what;                 // "all_reduce #14 of dp_shard (1000 bf16)"
  Work matched;                     // among the hosts
  std::optional<StreamMark> begin;  // when timed
  StreamMark done;
  Deadline deadline;
};

/// Looks after a group's NCCL communicators: finds operations that the ranks don't agree on, operations past their
/// deadline and NCCL's asynchronous errors, and then aborts them and the hosts' communicator, so that kernels of this
/// rank end and the other ranks hear of it.
class Watch {
 public:
  Watch(Communicator& host, Device device, Seconds timeout);
  /// Ends the thread and closes the communicators. What their streams hold must be done. A Watch may be kept longer by
  /// a Work.
  void close() noexcept;

  /// Looks after this one too, and closes it. Throws the first cause after an abort.
  void adopt(ncclComm_t comm);
  /// Throws the first cause after an abort.
  void check() const;
  /// The same, after an abort that only the hosts' communicator has heard of yet, too.
  void heed_hosts();
  void add(std::shared_ptr<Pending> operation);
  void abort(const std::string& cause) noexcept;

 private:
  void watch();
  /// The cause to abort for; empty: all is well.
  std::string problem();
  std::string nccl_problem(const Pending& oldest) const;

  Communicator& host_;
  Device device_;
  Seconds timeout_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ncclComm_t> comms_;
  std::deque<std::shared_ptr<Pending>> pending_;
  std::string cause_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace trireme::comm::nccl
