#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "trireme/core/clock.h"
#include "trireme/core/file.h"
#include "trireme/supervise/rank_env.h"
#include "trireme/supervise/shared_memory.h"
#include "trireme/supervise/status_board.h"

namespace trireme::supervise {

/// A rank's end of what ties it to its supervisor: the status board, the control pipe and the sign of life.
///
/// Contract of a supervised rank. The supervisor starts `trireme-train train runs/NAME/config.toml [--resume]` with the
/// variables of read_rank_env(), standard input from /dev/null, in a process group of the job's own. config.toml is
/// fully resolved: log.folder and log.name give the run folder, which exists and is locked by the supervisor. With
/// --resume the rank goes on from the newest good checkpoint, or from step 0 when there is none yet. The rank opens a
/// RankLink first thing, tells what it does, and ends with an exit code of core/error.h. On SIGTERM, SIGUSR1 or SIGINT
/// it finishes its step, saves a checkpoint together with its peers and exits 75. It gets SIGKILL when the supervisor
/// dies, when it gives no sign of life for three heartbeats, or when a peer failed and it has not ended within the
/// grace time. Standard error goes to logs/rank_N.log; that of rank 0 is shown as well, and is a terminal when the
/// supervisor's is one. Standard output of rank 0 is the supervisor's own; that of others goes to their logs.
///
/// Messages never block and never throw; they are lost when the supervisor is stopped and the pipe is full.
class RankLink {
 public:
  /// Maps the board and starts the thread that beats every `heartbeat`. REQUIRES: env.launcher == kSupervisor.
  /// Throws CommError for a stale rank, IoError when the memory can't be mapped.
  RankLink(const RankEnv& env, Seconds heartbeat);
  ~RankLink();

  StatusBoard board() const { return board_; }
  /// For the communicators of this rank.
  const std::shared_ptr<BoardWriter>& writer() const { return writer_; }

  /// The rank listens to signals now.
  void started();
  void step_done(int64_t step);
  void checkpoint_saved(int64_t step);
  /// The rank is about to exit with 0 or 75.
  void finished();
  /// The rank is about to exit with another code. Also written to the board, where the text is cut at 1 KiB, and the
  /// cause for its peers to end with when there is none yet: it may have failed before it had a communicator.
  void failed(const std::string& error);

 private:
  void send(const std::string& line);
  void beat_until_closed(Seconds heartbeat);

  Rank rank_;
  SharedMapping mapping_;
  StatusBoard board_;
  std::shared_ptr<BoardWriter> writer_;
  UniqueFd control_;
  std::mutex mutex_;
  std::condition_variable closing_;
  bool closed_ = false;
  std::thread heart_;
};

}  // namespace trireme::supervise
