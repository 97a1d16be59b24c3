#pragma once

#include <string>
#include <vector>

#include "trireme/core/clock.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"

namespace trireme {

struct ProgramResult {
  int exit_status = 0;  // 128 + the signal that ended it
  std::string out;
  std::string err;
};

/// A program ran longer than it may. It was killed; what it did before, nobody knows.
struct ProgramTimeout : IoError {
  using IoError::IoError;
};

/// Runs `words`, the first one looked up in PATH, with standard input from /dev/null, and takes in what it writes. No
/// shell is involved. Any thread may call it. Throws IoError when it can't be started, and kills it and throws
/// ProgramTimeout when it runs longer than `limit`.
ProgramResult run_program(const std::vector<std::string>& words, Seconds limit);

/// Where process numbers mean something, without blanks: this boot of this kernel, and the namespace of a container.
/// Processes with equal ones find one another below /proc. Throws IoError.
std::string process_space();

/// The file that this process runs. Throws IoError.
fs::path this_executable();

}  // namespace trireme
