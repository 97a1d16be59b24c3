#pragma once

#include <system_error>

#include "trireme/core/error.h"

namespace trireme {

/// What `start` returns: a std::thread, or the future of one. Throws IoError when the system has no room for a thread.
template <class Start>
auto start_thread(Start&& start) {
  try {
    return start();
  } catch (const std::system_error& problem) {
    throw IoError(format("can't start a thread: {}; give the job more memory (`ulimit -v`) or processes (`ulimit -u`)",
                         problem.code().message()));
  }
}

}  // namespace trireme
