#include "trireme/supervise/job_arguments.h"

namespace trireme::supervise {

void JobArguments::declare(config::Arguments& arguments) {
  arguments.option("--ranks", "N", &ranks, "processes to start on this host; 0: what the recipe's degrees need");
  arguments.flag("--resume", resume, "go on from the run's newest good checkpoint");
  arguments.option("--max-restarts", "N", &max_restarts, "start again after a failed rank, this often in all");
  arguments.option("--min-ranks", "N", &min_ranks,
                   "with --max-restarts: leave out a rank that fails first twice in a row without progress, while N "
                   "ranks are left; 0: never");
  arguments.option("--restart-delay", "SECONDS", &restart_delay,
                   "wait before a restart; doubles with each failure without progress, up to 60");
}

}  // namespace trireme::supervise
