#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

#include "trireme/core/file.h"

namespace trireme {

/// A program whose output is read while it runs. Dropped before its end, it is killed.
class ProgramStream {
 public:
  /// As run_program. Throws IoError when it can't be started.
  explicit ProgramStream(const std::vector<std::string>& words);
  ~ProgramStream();
  ProgramStream(const ProgramStream&) = delete;
  ProgramStream& operator=(const ProgramStream&) = delete;

  /// What it wrote next, at most `bytes`; 0 once it closed its output.
  size_t read(char* out, size_t bytes);
  /// Waits for its end. Its exit status, or 128 + the signal that ended it.
  int wait();
  /// What it wrote to standard error. REQUIRES: wait() was called.
  std::string errors() const;

 private:
  UniqueFd output_;
  UniqueFd errors_;  // a file without a name, which never fills up as a pipe does
  pid_t child_ = -1;
};

}  // namespace trireme
