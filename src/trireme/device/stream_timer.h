#pragma once

#include <memory>

#include "trireme/device/device.h"

namespace trireme {

/// A moment of an accelerator's stream: the device has done what was on the stream when the mark was made.
class StreamMark {
 public:
  /// The moment now of `stream`, a cudaStream_t of the calling thread's current device. No StreamTimer can date it.
  static StreamMark now(void* stream);

  bool passed() const;
  /// What is put on `stream` from now on runs after the moment. Does not block the host.
  void hold(void* stream) const;

 private:
  friend class StreamTimer;
  struct Event;
  explicit StreamMark(std::shared_ptr<Event> event) : event_(std::move(event)) {}
  std::shared_ptr<Event> event_;
};

/// Puts moments of an accelerator's streams on the host's clock. Thread-safe.
class StreamTimer {
 public:
  /// Waits for the device once, to set its clock. Throws DeviceError.
  explicit StreamTimer(Device device);

  /// `stream`: a cudaStream_t of the device, which is the calling thread's current one.
  StreamMark mark(void* stream) const;
  /// now_seconds() when a mark of this timer was passed, to some microseconds. REQUIRES: passed.
  double seconds(const StreamMark& mark) const;

 private:
  std::shared_ptr<StreamMark::Event> start_;
  double started_at_ = 0;
};

}  // namespace trireme
