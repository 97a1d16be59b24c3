#include "trireme/supervise/supervisor.h"

#include <poll.h>
#include <unistd.h>

#include "trireme/core/check.h"
#include "trireme/core/clock.h"
#include "trireme/core/log.h"
#include "trireme/supervise/generation.h"

namespace trireme::supervise {

namespace {

constexpr int kInterruptedTwice = 130;  // as shells report a command that SIGINT ended

void print_report(const Failure& failure) {
  const std::string text = failure_report(failure);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

/// False when a signal asks the job to end instead.
bool wait_for_restart(SignalWatch& signals, Seconds delay) {
  const Stopwatch waited;
  while (waited.seconds() < delay.count()) {
    pollfd watched = {signals.fd(), POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>((delay.count() - waited.seconds()) * 1e3) + 1);
    while (const auto signal = signals.next()) {
      if (*signal != SIGCHLD) return false;
    }
  }
  return true;
}

std::string describe(const Restart& restart, int number, int max_restarts) {
  std::string text = format("restart {} of {} from the newest good checkpoint in {} s", number, max_restarts,
                            format_fixed(restart.delay.count(), 1));
  if (restart.left_out.empty()) return text;
  text += format(" on {} ranks, without slot", restart.slots.size());
  for (const int slot : restart.left_out) text += format(" {}", slot);
  return text;
}

}  // namespace

ExitCode supervise(const SupervisorOptions& options) {
  TRIREME_CHECK(options.restarts.world >= 1, "a job of {} ranks", options.restarts.world);
  make_folders(options.log_folder);
  SignalWatch signals;
  RestartPolicy policy(options.restarts);
  while (true) {
    const Generation::Result result = Generation(options, policy.restarts(), policy.slots(), signals).watch();
    switch (result.kind) {
      case Generation::Result::Kind::kDone: return ExitCode::kOk;
      case Generation::Result::Kind::kStopped: return ExitCode::kStopped;
      case Generation::Result::Kind::kInterrupted: return static_cast<ExitCode>(kInterruptedTwice);
      case Generation::Result::Kind::kFailed: break;
    }
    const Failure& failure = *result.failure;
    print_report(failure);
    if (result.stop_requested) return exit_code_of(failure);
    const auto restart = policy.after(failure);
    if (!restart) {
      if (!policy.why_not().empty()) log_error("no restart: {}", policy.why_not());
      return exit_code_of(failure);
    }
    log_warning("{}", describe(*restart, policy.restarts(), options.restarts.max_restarts));
    if (!wait_for_restart(signals, restart->delay)) {
      log_info("told to stop before the restart; --resume goes on from the newest checkpoint");
      return exit_code_of(failure);
    }
    if (options.on_restart)
      options.on_restart(policy.restarts(), static_cast<int>(restart->slots.size()), first_cause(failure));
  }
}

}  // namespace trireme::supervise
