#pragma once

#include <nccl.h>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "trireme/comm/communicator.h"
#include "trireme/device/cuda/handles.h"

namespace trireme::comm::nccl {

/// Throws CommError with NCCL's own text unless `code` is ncclSuccess.
void check_nccl(ncclResult_t code, const char* call);

/// One operation on the group's stream: done when its event has passed.
struct Pending {
  std::string what;  // "all_reduce #14 of dp_shard (1000 bf16)"
  CudaEvent done;
  Deadline deadline;
};

/// Looks after a group's NCCL communicator: finds operations past their deadline and NCCL's asynchronous errors, and
/// then aborts it, so that kernels of this rank end and the host communicator tells the others.
class Watch {
 public:
  Watch(ncclComm_t comm, Communicator& host, Device device, Seconds timeout);
  /// Ends the thread and closes the communicator. What its stream holds must be done. A Watch may be kept longer by a
  /// Work.
  void close() noexcept;

  ncclComm_t comm() const { return comm_; }
  Seconds timeout() const { return timeout_; }
  /// Throws the first cause after an abort.
  void check() const;
  void add(std::shared_ptr<Pending> operation);
  void abort(const std::string& cause) noexcept;

 private:
  void watch();
  /// The cause to abort for; empty: all is well.
  std::string problem();

  ncclComm_t comm_;
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
