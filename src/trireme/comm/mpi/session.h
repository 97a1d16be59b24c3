#pragma once

#include <mpi.h>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "trireme/comm/mpi/doorbells.h"
#include "trireme/comm/operation.h"
#include "trireme/supervise/status_board.h"

namespace trireme::comm::mpi {

/// MPI_Init, for a Session or before it. Throws CommError, also when this process has had a Session.
void start_mpi();

/// MPI until MPI_Finalize, and this rank's watcher: a thread that receives other ranks' aborts and their
/// questions where this rank stands. After an abort MPI is not finalized, which would wait for ranks that are gone.
class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int rank() const { return rank_; }
  supervise::BoardWriter& writer() { return *writer_; }
  Doorbells& doorbells() { return *doorbells_; }

  bool aborted() const { return aborted_.load(std::memory_order_acquire); }
  std::string cause() const;
  /// Keeps the first cause and tells all ranks; never blocks.
  void abort(const std::string& cause) noexcept;

  /// Keeps memory that MPI may touch as long as this process lives.
  static void keep(std::vector<std::vector<std::byte>> memory) noexcept;

  /// What `world_rank` says of where it is, and of its standing to an operation that is waited for; "no answer" after a
  /// second.
  std::string ask(int world_rank, const std::string& group, const Operation& operation, bool is_waited_for);

 private:
  void watch();
  bool handle_message();
  bool set_cause(const std::string& cause);

  int rank_ = 0, size_ = 1;
  std::unique_ptr<Doorbells> doorbells_;
  // Apart, so that the watcher finds with one look what is for it: each costs up to 100 microseconds.
  MPI_Comm control_ = MPI_COMM_NULL;  // aborts, questions
  MPI_Comm answers_ = MPI_COMM_NULL;
  std::unique_ptr<Memory> board_memory_;
  std::unique_ptr<supervise::StatusBoard> board_;  // of this rank alone
  std::unique_ptr<supervise::BoardWriter> writer_;
  std::atomic<bool> aborted_{false}, ending_{false};
  std::atomic<int> questions_{0};
  mutable std::mutex mutex_;
  std::string cause_;
  std::thread watcher_;
};

}  // namespace trireme::comm::mpi
