#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trireme/core/clock.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/supervise/restart_policy.h"

namespace trireme::supervise {

/// What to run, and how patiently to watch it.
struct SupervisorOptions {
  fs::path executable;
  std::vector<std::string> arguments;
  std::vector<std::string> restart_arguments;  // in place of `arguments` from the first restart on
  RestartPolicy::Options restarts;             // and the world to begin with
  fs::path log_folder;                         // rank_N.log each, created if absent
  std::string job_id;
  Seconds heartbeat{5};             // how often ranks give a sign of life; three missing ones end a rank
  Seconds start_or_end_limit{600};  // of a rank that runs: before its first sign of life and after its last word
  Seconds grace{10};                // from the first failure to SIGKILL for ranks that have not ended by themselves
  std::function<void(int generation, int world, const std::string& cause)> on_restart;  // may be empty
};

/// Starts the ranks of one host and watches them until all have ended; starts them again after a failure that may not
/// repeat, as RestartPolicy says. A signal during the delay before a restart ends the job as the failure did. Returns
/// the job's exit code:
///   kOk       all ranks ended with 0
///   kStopped  SIGTERM, SIGUSR1, SIGHUP or one SIGINT came, and every rank saved and ended with 75 or 0
///   130       a second SIGINT: ranks were killed, nothing saved since the last checkpoint
///   others    see exit_code_of(Failure); the report has been printed on standard error
/// When this function returns, or its process dies in any way, every rank and whatever it started is gone.
/// REQUIRES: called from the main thread, the only one. Throws IoError when ranks can't be started.
ExitCode supervise(const SupervisorOptions& options);

}  // namespace trireme::supervise
