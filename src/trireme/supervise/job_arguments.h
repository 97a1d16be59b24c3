#pragma once

#include "trireme/config/arguments.h"

namespace trireme::supervise {

/// What a user may say on the command line about the ranks of a run.
struct JobArguments {
  int64_t ranks = 0;  // 0: as many as the recipe's degrees or the host's GPUs say
  int64_t max_restarts = 0;
  int64_t min_ranks = 0;  // 0: as many as it started with
  double restart_delay = 1;
  bool resume = false;

  void declare(config::Arguments& arguments);
};

}  // namespace trireme::supervise
