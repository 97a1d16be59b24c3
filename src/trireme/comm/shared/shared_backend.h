#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "trireme/comm/queued_communicator.h"
#include "trireme/comm/shared/report.h"
#include "trireme/comm/shared/round.h"
#include "trireme/comm/shared/space.h"

namespace trireme::comm {

/// The collectives of ranks that see one another's memory; `local` and `shm` differ only in their SharedSpace.
///
/// Data in memory that peers see is read and written where it lies. Other data that they only read is read through the
/// kernel, if it lets all ranks of the group do so; the rest passes through a staging area of its rank in chunks. A
/// reduction is cut into one slice a rank; each rank sums its slice over all ranks, in rank order.
class SharedBackend final : public BlockingBackend {
 public:
  SharedBackend(std::shared_ptr<RankContext> context, ControlBlock* control, Rank rank, std::string name);
  ~SharedBackend() override;

  Rank rank() const override { return Rank(rank_); }
  int size() const override { return size_; }
  std::string_view kind() const override { return context_->space->kind(); }
  bool supports(Op op, DType dtype, DeviceKind device) const override;
  std::unique_ptr<Memory> allocate(Bytes size) override { return context_->space->allocate(size); }
  void run(const Operation& operation) override;
  std::unique_ptr<BlockingBackend> split(int color, int key, const std::string& name) override;
  void abort(const std::string& cause) noexcept override { context_->board.abort(context_->world_rank.value(), cause); }
  std::string abort_cause() const override;
  CommError late(const Operation& operation) noexcept override { return fail_late(operation, ""); }

 private:
  void dispatch(const Operation& operation);
  void collective(Round& round);
  void all_reduce(Round& round);
  void reduce_scatter(Round& round);
  void all_gather(Round& round);
  void all_to_all(Round& round);
  void broadcast(Round& round);
  void send(const Operation& operation);
  void recv(const Operation& operation);
  void gather_from_all(const void* mine, int64_t count, void* all);

  /// Posts this rank's operation, waits for everyone's, and compares them.
  void meet(Round& round);
  void barrier(Round& round);
  /// After `meet`: moves `count` elements in chunks of `step`, or at once when all data is seen in place. The first
  /// chunk is already staged. stage(chunk), then all ranks move(chunk), then unstage(chunk).
  template <class Stage, class Move, class Unstage>
  void for_chunks(Round& round, int64_t count, int64_t step, Stage stage, Move move, Unstage unstage);
  void wait(FutexWord& word, uint32_t value, const Operation& operation, Deadline& deadline);

  /// Whether all members read one another's memory: each tries after the first meeting, all know after the second.
  void find_out_who_reads();
  Posting posting_of(const Operation& operation, std::byte*& staging);
  /// A piece of a member's data: `in_place` bytes into it, or `staged` bytes into the staging area.
  struct Piece {
    int member;
    const Posting& posting;
    int64_t in_place, staged, bytes;
  };
  /// Where it lies in the shared space. REQUIRES: it is not for reading.
  std::byte* place_of(const Piece& piece) const;
  /// Copies it. Throws CommError when the kernel can't read it, as from a process that has ended.
  void fetch(const Piece& piece, std::byte* to);
  /// place_of, or a place of this rank to which it was read: one for each member, of kChunkBytes / size bytes at least.
  const std::byte* source_of(const Piece& piece);
  BoardGroup group() const;
  /// Aborts the world with a report of where every rank of the group stands; returns the first cause. `gone`: which
  /// rank has ended, in words; empty when a deadline passed.
  CommError fail_late(const Operation& operation, const std::string& gone) noexcept;

  std::shared_ptr<RankContext> context_;
  ControlBlock* control_;
  int rank_;
  int size_;
  std::string name_;
  std::array<int, kLanes> board_rows_;  // -1: not used yet
  uint64_t rounds_ = 0;
  int64_t probed_ = 0;                     // what peers try to read
  std::atomic<bool> all_read_all_{false};  // every member every other's memory
  std::vector<std::byte> scratch_;
  std::byte* staging_ = nullptr;  // of collectives; both come from context_ when first wanted
  std::byte* send_staging_ = nullptr;
};

}  // namespace trireme::comm
