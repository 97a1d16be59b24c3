#pragma once

#include "trireme/core/file.h"
#include "trireme/core/spawn.h"

namespace trireme::supervise {

/// Where a rank's standard error goes: to its log, and for the rank that is shown also to this process's standard
/// error. When that is a terminal the rank gets a terminal too, so that it can draw a progress bar; the log then
/// holds the lines without what was drawn over.
class RankOutput {
 public:
  RankOutput(const fs::path& log, bool shown);

  /// For the child. Close with close_child_end() once it has been started.
  int child_end() const { return child_end_.valid() ? child_end_.get() : log_.get(); }
  int log() const { return log_.get(); }
  void close_child_end() { child_end_.reset(); }

  /// To poll for reading; -1 when there is nothing to pass on.
  int fd() const { return own_end_.get(); }
  /// Passes on what has been written so far, without blocking.
  void pass_on();

 private:
  void log_lines(const std::string& text);

  UniqueFd log_;
  UniqueFd own_end_;
  UniqueFd child_end_;
  std::string unlogged_;  // the begin of a line
};

/// Appends what `fd` has to `text` without blocking, and closes it at its end.
void read_available(UniqueFd& fd, std::string& text);

/// A pipe whose reading end never blocks. Neither end is inherited.
Pipe make_reading_pipe();

}  // namespace trireme::supervise
