#include "trireme/engine/stop_signals.h"

#include <atomic>

namespace trireme::engine {

namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // or a handler must not touch it

void request_stop(int) { stop_requested.store(true); }

void install(int signal, int flags, struct sigaction& before) {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  action.sa_flags = flags;
  sigaction(signal, &action, &before);
}

}  // namespace

StopSignals::StopSignals() {
  stop_requested.store(false);
  install(SIGTERM, SA_RESTART, term_);
  install(SIGUSR1, SA_RESTART, user_);
  install(SIGINT, SA_RESTART | SA_RESETHAND, interrupt_);
}

StopSignals::~StopSignals() {
  sigaction(SIGTERM, &term_, nullptr);
  sigaction(SIGUSR1, &user_, nullptr);
  sigaction(SIGINT, &interrupt_, nullptr);
}

bool StopSignals::requested() const noexcept { return stop_requested.load(); }

}  // namespace trireme::engine
