#pragma once

#include <string>
#include <vector>

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/supervise/status_board.h"

namespace trireme::supervise {

/// How a rank ended, with what it left on the board and in the pipe.
struct RankOutcome {
  int rank = 0;
  int pid = 0;
  std::string host;
  int wait_status = 0;          // of waitpid()
  bool killed_by_us = false;    // it was still there after the grace time, or gave no sign of life
  std::string error;            // what it said went wrong; empty: nothing
  int64_t last_step = 0;        // 0: none done
  int64_t last_checkpoint = 0;  // step of the newest one it saved; 0: none
  std::vector<OperationStatus> operations;
  fs::path log;
};

struct Failure {
  int first_rank = 0;  // the rank that failed first
  std::string cause;   // what the supervisor or a rank's watchdog saw first; empty: the first rank's own error
  double seen_at = 0;  // now_seconds()
  std::vector<RankOutcome> ranks;  // all of them, in order
};

/// "was killed by SIGKILL", "ended with exit code 3".
std::string describe_wait_status(int wait_status);

/// What the job ends with: the first rank's own code where it is one of ours, else kEnvironment for a signal and
/// kFailed for any other code.
ExitCode exit_code_of(const Failure& failure);

/// Whether starting again could end better: yes after a signal, an environment failure or a bug; no after exit codes 1
/// and 2, which come from the recipe, the data or the run itself.
bool worth_a_restart(const Failure& failure);

/// One line: what was seen first, or the first rank's own error, or how it ended.
std::string first_cause(const Failure& failure);

/// Which rank failed first and how, where each rank stood, the first rank's last lines, and what to do next.
/// Reads the end of that rank's log.
std::string failure_report(const Failure& failure);

}  // namespace trireme::supervise
