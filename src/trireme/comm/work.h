#pragma once

#include <memory>
#include <optional>

#include "trireme/core/clock.h"

namespace trireme::comm {

/// Seconds that the calling thread has waited for operations since it started.
double waited_seconds();

/// Counts the time of its scope, which may end by an exception, among waited_seconds().
class WaitTimer {
 public:
  ~WaitTimer();

 private:
  Stopwatch watch_;
};

/// When a device ran something, in now_seconds().
struct DeviceInterval {
  double begin = 0, end = 0;
};

/// Handle of an operation under way. Copies refer to the same operation; dropping it does not cancel.
class Work {
 public:
  /// What a back-end implements. `wait` and `wait_host` throw CommError when the operation failed.
  class State {
   public:
    virtual ~State() = default;
    virtual bool done() const = 0;
    virtual void wait() = 0;
    virtual void wait_host(Deadline deadline) = 0;
    virtual std::optional<DeviceInterval> device_interval() const { return std::nullopt; }
  };

  Work() = default;  // an operation that is already done
  explicit Work(std::shared_ptr<State> state) : state_(std::move(state)) {}

  bool done() const { return !state_ || state_->done(); }
  /// Orders this device's current stream after the operation. Never blocks the host on an accelerator; on the CPU
  /// the calling thread is the stream, so it blocks until the operation is done or the communicator's deadline passes.
  void wait();
  /// Blocks the host.
  void wait_host(Deadline deadline);
  /// Nothing before it is done, and for an operation of the host.
  std::optional<DeviceInterval> device_interval() const { return state_ ? state_->device_interval() : std::nullopt; }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace trireme::comm
