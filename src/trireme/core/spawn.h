#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

#include "trireme/core/file.h"

namespace trireme {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// Both ends close on exec. Throws IoError.
Pipe make_pipe();

/// Starts `words`, the first one looked up in PATH, with standard input from /dev/null and output to these. Throws
/// IoError naming the program.
pid_t spawn(std::vector<std::string> words, const UniqueFd& out, const UniqueFd& err);

/// Its exit status, or 128 + the signal that ended it. Waits for it to end.
int wait_for_exit(pid_t child);

}  // namespace trireme
