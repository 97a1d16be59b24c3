#pragma once

#include <optional>

#include "trireme/supervise/child_process.h"
#include "trireme/supervise/failure_report.h"
#include "trireme/supervise/rank_env.h"
#include "trireme/supervise/rank_output.h"

namespace trireme::supervise {

/// One running rank as its supervisor sees it: the child, its log file and its end of the control pipe.
class RankProcess {
 public:
  struct Start {
    fs::path executable;
    std::vector<std::string> arguments;
    fs::path log;  // appended to
    pid_t group = 0;
    RankEnv place;       // without control_fd
    bool shown = false;  // standard output goes to the terminal, standard error to terminal and log
  };

  explicit RankProcess(const Start& start);

  int pid() const { return pid_; }
  bool running() const { return !wait_status_.has_value(); }
  int wait_status() const { return wait_status_.value_or(0); }
  /// It has told that it listens to signals.
  bool started() const { return started_; }

  void set_ended(int wait_status) { wait_status_ = wait_status; }
  void send_signal(int signal) const noexcept;
  /// SIGKILL by the supervisor's own decision.
  void kill() noexcept;

  /// Descriptors to poll for reading; -1 once closed.
  int control_fd() const { return control_.get(); }
  int output_fd() const { return output_.fd(); }
  /// Takes in what there is to read, without blocking.
  void read_control();
  void pass_on_output() { output_.pass_on(); }

  /// With what it left on the board.
  RankOutcome outcome(const StatusBoard& board) const;

 private:
  void handle_message(const std::string& line);

  int rank_;
  fs::path log_path_;
  RankOutput output_;
  UniqueFd control_;
  pid_t pid_ = -1;
  std::optional<int> wait_status_;
  bool killed_by_us_ = false;
  bool started_ = false;
  int64_t last_step_ = 0;
  int64_t last_checkpoint_ = 0;
  std::string error_;
  std::string unread_;  // of the control pipe: a line not yet whole
};

}  // namespace trireme::supervise
