#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trireme/comm/header.h"
#include "trireme/comm/mpi/calls.h"
#include "trireme/comm/mpi/session.h"
#include "trireme/comm/queued_communicator.h"

namespace trireme::comm::mpi {

/// Collectives over MPI's nonblocking messages. See make_world.
class MpiBackend final : public BlockingBackend {
 public:
  /// Collective over `members`, which is copied.
  MpiBackend(std::shared_ptr<Session> session, MPI_Comm members, std::string name, Seconds timeout);
  ~MpiBackend() override;

  Rank rank() const override { return Rank(rank_); }
  int size() const override { return size_; }
  std::string_view kind() const override { return "mpi"; }
  bool supports(Op op, DType dtype, DeviceKind device) const override;
  std::unique_ptr<Memory> allocate(Bytes size) override;
  void run(const Operation& operation) override;
  std::unique_ptr<BlockingBackend> split(int color, int key, const std::string& name) override;
  void abort(const std::string& cause) noexcept override { session_->abort(cause); }
  std::string abort_cause() const override { return session_->aborted() ? session_->cause() : ""; }
  CommError late(const Operation& operation) noexcept override;

 private:
  class Exchange;  // messages of one operation under way

  void dispatch(const Operation& operation, Exchange& exchange);
  void meet(const Operation& operation, Exchange& exchange);
  void all_reduce(const Operation& operation, Exchange& exchange);
  void reduce_scatter(const Operation& operation, Exchange& exchange);
  void all_gather(const Operation& operation, Exchange& exchange);
  /// All ranks look at all pairs, so that all find the same mismatch, before data moves.
  void match_pieces(const Operation& operation, Exchange& exchange);
  void all_to_all(const Operation& operation, Exchange& exchange);
  void broadcast(const Operation& operation, Exchange& exchange);
  void send(const Operation& operation, Exchange& exchange);
  void recv(const Operation& operation, Exchange& exchange);
  std::byte* scratch(int64_t bytes);
  int bell_of(Op op) const;

  std::shared_ptr<Session> session_;
  UniqueComm collectives_, pairs_;  // apart: sends and receives run beside collectives
  int rank_ = 0, size_ = 1;
  std::string name_;
  Seconds timeout_;
  std::vector<int> world_ranks_;
  std::array<int, kLanes> board_rows_, bells_;  // by lane
  std::vector<std::byte> scratch_;              // of collectives
};

}  // namespace trireme::comm::mpi
