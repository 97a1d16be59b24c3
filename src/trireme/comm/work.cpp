#include "trireme/comm/work.h"

namespace trireme::comm {

namespace {

thread_local double waited = 0;

}  // namespace

double waited_seconds() { return waited; }

WaitTimer::~WaitTimer() { waited += watch_.seconds(); }

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
