#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "trireme/comm/work.h"
#include "trireme/device/stream_timer.h"
#include "trireme/telemetry/trace.h"

namespace trireme::parallel {

/// What a GPU ran, and when, as rows of this rank's trace beside the host's: one row for layers, one for collectives.
/// Without a tracer, and on the CPU, whose host spans already say it, every call does nothing.
class DeviceTrace {
 public:
  /// Waits for the device once. `tracer` may be null; it outlives this.
  DeviceTrace(telemetry::Tracer* tracer, Device device);
  /// Adds what the device has not done yet, and waits for it.
  ~DeviceTrace();

  void begin_compute();
  /// `pass`: "forward" or "backward".
  void end_compute(std::string_view layer, std::string_view pass);
  /// `kind`: "gather" or "reduce".
  void collective(const comm::Work& work, std::string_view kind, std::string_view unit);
  /// Moves what the device has done into the trace. Waits for nothing.
  void collect();

 private:
  struct Compute {
    std::string name;
    StreamMark begin, end;
  };
  struct Collective {
    std::string name;
    comm::Work work;
  };

  telemetry::Tracer* tracer_;  // null: off
  Device device_;
  std::optional<StreamTimer> timer_;
  std::optional<StreamMark> compute_begin_;
  std::list<Compute> computes_;
  std::list<Collective> collectives_;
};

}  // namespace trireme::parallel
