#pragma once

#include <optional>

#include "trireme/supervise/failure_report.h"
#include "trireme/supervise/rank_process.h"
#include "trireme/supervise/shared_memory.h"
#include "trireme/supervise/signal_watch.h"
#include "trireme/supervise/supervisor.h"

namespace trireme::supervise {

/// The ranks of a job between two restarts: started together, ended together.
class Generation {
 public:
  struct Result {
    enum class Kind { kDone, kStopped, kInterrupted, kFailed } kind;
    std::optional<Failure> failure;  // kFailed only
    bool stop_requested = false;
  };

  /// One rank on each of `slots`, places of this host: slot s has the host's GPU s.
  Generation(const SupervisorOptions& options, int number, const std::vector<int>& slots, SignalWatch& signals);

  /// Watches until every rank has ended.
  Result watch();

 private:
  bool any_running() const;
  void wait_for_events();
  void handle_signals();
  void request_stop(int signal);
  void reap();
  bool ended_well(const RankProcess& rank) const;
  /// A rank that is stopped and missed a heartbeat, or -1. Its peers may give up on it before it has missed three.
  int stopped_rank() const;
  double silence_of(int rank) const;  // seconds
  /// Blames a rank that gives no sign of life, and kills it.
  void fail_silent_rank(int rank);
  /// The rank to blame when these have ended badly since the last look.
  int worst_of(const std::vector<int>& ended_badly) const;
  void check_signs_of_life();
  void begin_failure(int rank, const std::string& cause);
  void enforce_grace();
  void drain_pipes();
  Seconds time_to_next_deadline() const;
  Failure make_failure() const;

  const SupervisorOptions& options_;
  SignalWatch& signals_;
  UniqueFd memory_;
  SharedMapping mapping_;
  StatusBoard board_;
  ProcessGroup group_;
  std::vector<RankProcess> ranks_;
  int world_;
  // Its start, or when this process went on after it was stopped itself: so were the ranks, when a batch system
  // suspended the job.
  double listening_since_;
  Stopwatch since_events_;
  int num_interrupts_ = 0;
  bool stop_requested_ = false;
  int first_failed_ = -1;
  std::string cause_;
  double failed_at_ = 0;
};

}  // namespace trireme::supervise
