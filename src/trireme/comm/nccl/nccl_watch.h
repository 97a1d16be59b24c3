#pragma once

#include <nccl.h>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "trireme/comm/communicator.h"
#include "trireme/device/stream_timer.h"

namespace trireme::comm::nccl {

/// Throws CommError with NCCL's own text unless `code` is ncclSuccess.
void check_nccl(ncclResult_t code, const char* call);

/// One operation on the group's stream.
struct Pending {
  std::string what;  // "all_reduce #14 of dp_shard (1000 bf16)"
  Work matched;      // among the hosts
  StreamMark begin, done;
  Deadline deadline;
};

/// Looks after a group's NCCL communicator: finds operations that the ranks don't agree on, operations past their
/// deadline and NCCL's asynchronous errors, and then aborts both communicators, so that kernels of this rank end and
/// the other ranks hear of it.
class Watch {
 public:
  Watch(Communicator& host, Device device, Seconds timeout);
  /// Ends the thread and closes the communicator. What its stream holds must be done. A Watch may be kept longer by a
  /// Work.
  void close() noexcept;

  /// Null before `adopt`.
  ncclComm_t comm() const { return comm_; }
  void adopt(ncclComm_t comm) { comm_ = comm; }
  /// Throws the first cause after an abort.
  void check() const;
  void add(std::shared_ptr<Pending> operation);
  void abort(const std::string& cause) noexcept;

 private:
  void watch();
  /// The cause to abort for; empty: all is well.
  std::string problem();

  std::atomic<ncclComm_t> comm_ = nullptr;
  Communicator& host_;
  Device device_;
  Seconds timeout_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Pending>> pending_;
  std::string cause_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace trireme::comm::nccl
