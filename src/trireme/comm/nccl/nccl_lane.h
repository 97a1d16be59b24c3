#pragma once

#include <nccl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "trireme/comm/nccl/nccl.h"
#include "trireme/comm/nccl/nccl_watch.h"
#include "trireme/device/cuda/handles.h"

namespace trireme::comm::nccl {

/// What the communicators of one rank have in common.
struct Gpu {
  explicit Gpu(Options opts);

  Options options;
  std::optional<StreamTimer> timer;  // when timed

  cudaStream_t current_stream() const { return static_cast<cudaStream_t>(options.current_stream()); }
};

/// One NCCL communicator with its stream. Used by one thread at a time.
class Lane {
 public:
  Lane(std::shared_ptr<const Gpu> gpu, std::shared_ptr<Watch> watch);
  /// Waits for what its stream holds. The watch closes the communicator.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  bool met() const { return comm_ != nullptr; }
  /// Meets the others in NCCL, who come with the same id, for `what`. Blocks, until the deadline or an abort at most.
  /// Throws CommError.
  void meet(const ncclUniqueId& id, int size, int rank, const std::string& what);
  /// Its own stream, which goes on after `ready`.
  cudaStream_t stream_after(const StreamMark& ready) const;
  /// Puts what `call` does on `stream`. NCCL keeps the order of launches across streams. REQUIRES: met.
  std::shared_ptr<Pending> launch(std::string what, Work matched, cudaStream_t stream,
                                  const std::function<void(ncclComm_t, cudaStream_t)>& call);

 private:
  std::shared_ptr<const Gpu> gpu_;
  std::shared_ptr<Watch> watch_;
  CudaStream stream_;
  ncclComm_t comm_ = nullptr;  // closed by the watch
};

ncclUniqueId make_id();

/// The handle of an operation on the GPU.
Work work_of(std::shared_ptr<Pending> operation, std::shared_ptr<Watch> watch, std::shared_ptr<const Gpu> gpu);

}  // namespace trireme::comm::nccl
