#pragma once

#include "trireme/cli/arguments.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// `trireme bench checkpoint`: saving and loading against the disk. run() is in trireme-train.
struct BenchCheckpointCommand {
  std::string folder;
  int64_t mib = 2048;
  int64_t ranks = 2;
  int64_t rounds = 4;
  bool json = false;

  void declare(Arguments& arguments);
  ExitCode run();
};

}  // namespace trireme::cli
