#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "trireme/core/file.h"

namespace trireme::supervise {

/// A process group that dies with this process, however this process dies: its leader, the keeper, waits on a pipe
/// that only this process holds open, and kills the group when the pipe closes. This also reaches what a rank started
/// itself, which no parent-death signal does.
class ProcessGroup {
 public:
  /// Forks the keeper. REQUIRES: this process has one thread. Throws IoError.
  ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;
  /// Kills every member and reaps those that are children of this process.
  ~ProcessGroup();

  pid_t id() const { return keeper_; }
  /// SIGKILL to every member, the keeper included.
  void kill_all() const noexcept;

 private:
  pid_t keeper_ = -1;
  UniqueFd alive_;  // its closing is the signal
};

struct ChildSetup {
  fs::path executable;
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // "NAME=value", over this process's own
  std::vector<int> inherited;            // descriptors that stay open under their number
  int output = -1;                       // becomes standard output
  int errors = -1;                       // becomes standard error
  pid_t group = 0;
};

/// Starts a child that the kernel kills when this thread ends. All signals unblocked and at their default, standard
/// input from /dev/null. REQUIRES: this process has one thread. Throws IoError naming the executable.
pid_t spawn_child(const ChildSetup& setup);

}  // namespace trireme::supervise
