#pragma once

#include "trireme/core/error.h"
#include "trireme/supervise/job_arguments.h"
#include "trireme/supervise/run_folder.h"

namespace trireme::supervise {

/// A training run of ranks on this host.
struct TrainingJob {
  const recipe::Recipe& recipe;
  ConfigIo config = {};  // of config.toml
  JobArguments asked;
  int64_t ranks = 1;  // as check_job gave them

  /// A rank is `executable` with `first_arguments`, config.toml and, when it goes on with a run, --resume; then
  /// `last_arguments`.
  fs::path executable;
  std::vector<std::string> first_arguments = {};
  std::vector<std::string> last_arguments = {};
  std::string title;    // what is trained, for people: "15.2M parameters"
  std::string command;  // what a user types before these arguments to go on: "trireme"
};

/// The ranks to start. Throws UsageError when the numbers don't fit each other or the host.
int64_t check_job(const JobArguments& asked, const recipe::Recipe& recipe);

/// Makes the run's folder, starts the ranks, watches them and restarts them, and says on standard error what a user
/// wants to know. Returns the job's exit code as supervise() does; throws what RunFolder does.
ExitCode run_job(const TrainingJob& job);

}  // namespace trireme::supervise
