#include "trireme/cli/base/bench_ranks.h"

#include <unistd.h>

#include "trireme/cli/training_tower.h"
#include "trireme/core/environment.h"
#include "trireme/core/file.h"
#include "trireme/supervise/supervisor.h"

namespace trireme::cli {

ExitCode run_bench_ranks(const RankWords& words, int64_t ranks, Seconds heartbeat) {
  const fs::path logs = fs::temp_directory_path() / format("trireme-bench-{}", ::getpid());
  supervise::SupervisorOptions options;
  options.executable = training_executable();
  options.arguments = words.all();
  options.restarts.world = static_cast<int>(ranks);
  options.log_folder = logs;
  options.job_id = format("bench-{}-{}", host_name(), ::getpid());
  options.heartbeat = heartbeat;
  const ExitCode code = supervise::supervise(options);
  std::error_code ignored;
  if (code == ExitCode::kOk) fs::remove_all(logs, ignored);
  return code;
}

}  // namespace trireme::cli
