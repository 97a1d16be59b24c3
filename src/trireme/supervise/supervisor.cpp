#include "trireme/supervise/supervisor.h"

#include <unistd.h>

#include "trireme/core/check.h"
#include "trireme/core/log.h"
#include "trireme/supervise/generation.h"

namespace trireme::supervise {

namespace {

constexpr int kInterruptedTwice = 130;  // as shells report a command that SIGINT ended

void print_report(const Failure& failure) {
  const std::string text = failure_report(failure);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ExitCode supervise(const SupervisorOptions& options) {
  TRIREME_CHECK(options.world >= 1, "a job of {} ranks", options.world);
  make_folders(options.log_folder);
  SignalWatch signals;
  for (int number = 0;; ++number) {
    const Generation::Result result = Generation(options, number, signals).watch();
    switch (result.kind) {
      case Generation::Result::Kind::kDone: return ExitCode::kOk;
      case Generation::Result::Kind::kStopped: return ExitCode::kStopped;
      case Generation::Result::Kind::kInterrupted: return static_cast<ExitCode>(kInterruptedTwice);
      case Generation::Result::Kind::kFailed: break;
    }
    const Failure& failure = *result.failure;
    print_report(failure);
    const bool again = number < options.max_restarts && worth_a_restart(failure) && !result.stop_requested;
    if (!again) return exit_code_of(failure);
    log_warning("restart {} of {} from the newest good checkpoint", number + 1, options.max_restarts);
    if (options.on_restart) options.on_restart(number + 1, first_cause(failure));
  }
}

}  // namespace trireme::supervise
