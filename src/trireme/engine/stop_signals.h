#pragma once

#include <csignal>

namespace trireme::engine {

/// While it lives, SIGTERM, SIGUSR1 and SIGINT ask the run to stop after its step instead of ending the process. A
/// second SIGINT ends it at once. One at a time in a process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  bool requested() const noexcept;

 private:
  struct sigaction term_, user_, interrupt_;  // what was installed before
};

}  // namespace trireme::engine
