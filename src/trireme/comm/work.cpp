#include "trireme/comm/work.h"

namespace trireme::comm {

namespace {

thread_local double waited = 0;

/// Counts the time of its scope, which may end by an exception.
class WaitTimer {
 public:
  ~WaitTimer() { waited += watch_.seconds(); }

 private:
  Stopwatch watch_;
};

}  // namespace

double waited_seconds() { return waited; }

void Work::wait() {
  if (!state_) return;
  const WaitTimer timer;
  state_->wait();
}

void Work::wait_host(Deadline deadline) {
  if (!state_) return;
  const WaitTimer timer;
  state_->wait_host(deadline);
}

}  // namespace trireme::comm
