#pragma once

#include <csignal>
#include <optional>

#include "trireme/core/file.h"

namespace trireme::supervise {

/// While it lives, the signals that a supervisor handles arrive on a descriptor instead of interrupting it: SIGCHLD,
/// SIGINT, SIGTERM, SIGUSR1, SIGHUP. SIGPIPE is ignored.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  int fd() const { return fd_.get(); }
  /// The next pending signal, without blocking.
  std::optional<int> next();

 private:
  sigset_t before_;
  struct sigaction pipe_before_;
  UniqueFd fd_;
};

}  // namespace trireme::supervise
