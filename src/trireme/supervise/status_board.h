#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/core/units.h"

namespace trireme::supervise {

/// What a rank last did on one communicator. Times are now_seconds(), one clock for all processes of a host.
struct OperationStatus {
  std::string communicator;
  std::string operation;  // empty: nothing yet
  int64_t sequence = 0;   // counts the operations of this communicator, from 1
  bool finished = false;  // false: entered, and still inside
  double entered_at = 0;
  double finished_at = 0;
};

enum class RankState : uint32_t { kAbsent, kRunning, kFinished, kFailed };

/// A consistent copy of one rank's slot.
struct RankStatus {
  RankState state = RankState::kAbsent;
  int pid = 0;
  std::string host;
  double heartbeat_at = 0;                  // now_seconds(); 0: no beat yet
  std::string error;                        // its first error; empty: none
  std::vector<OperationStatus> operations;  // one a communicator, in order of creation

  /// The operation that the rank is inside, else its last one; of several the one entered last. Null: none yet.
  const OperationStatus* latest() const;
};

struct AbortCause {
  int rank = -1;  // the rank at fault, if known
  std::string text;
};

/// Where the ranks of one host write down what they do, at the start of the job's shared memory.
///
/// Lock-free and safe against a process that is killed at any moment: every record has two copies and a version that
/// says which one is whole. A rank writes only its own slot; everybody may read every slot and set the abort flag.
class StatusBoard {
 public:
  static constexpr int kMaxCommunicators = 24;

  /// Size of the board of `world` ranks, a multiple of 4096. Communicators may use what follows it.
  static size_t bytes(int world);
  /// Formats zeroed shared memory. REQUIRES: memory.size() >= bytes(world), page aligned; it outlives the board.
  static StatusBoard create(std::span<std::byte> memory, int world, int generation);
  /// A board that create() made, perhaps in another process. Throws CommError when it is none, or of another
  /// generation.
  static StatusBoard attach(std::span<std::byte> memory, int generation);

  int world() const;

  RankStatus read(Rank rank) const;

  /// Sets the world's abort flag; the first caller's cause stays. Returns whether this call was the first. Never
  /// blocks.
  bool abort(int rank, std::string_view cause) noexcept;
  bool aborted() const noexcept;
  /// Nothing before an abort. Waits a moment for one who is writing its cause; the text of a rank killed there stays
  /// empty.
  std::optional<AbortCause> abort_cause() const;

 private:
  friend class BoardWriter;
  struct Layout;
  explicit StatusBoard(Layout* layout) : layout_(layout) {}
  Layout* layout_;
};

/// A rank's hand on its own slot. All calls are thread-safe, cheap (no system call) and never throw after construction.
class BoardWriter {
 public:
  /// Writes pid, host and state kRunning.
  BoardWriter(StatusBoard board, Rank rank);
  BoardWriter(const BoardWriter&) = delete;
  BoardWriter& operator=(const BoardWriter&) = delete;

  /// A row for a new communicator. Past kMaxCommunicators, further ones share the last row.
  int add_communicator(std::string_view name) noexcept;
  /// The rank entered operation `sequence` of a communicator. Operations that run in the background are entered when
  /// they start to run.
  void enter(int communicator, std::string_view operation, int64_t sequence) noexcept;
  /// Marks it as finished; ignored when a later operation was entered meanwhile.
  void finish(int communicator, int64_t sequence) noexcept;

  void beat() noexcept;
  void set_state(RankState state) noexcept;
  /// State kFailed and the text; the first error stays.
  void fail(std::string_view error) noexcept;

 private:
  StatusBoard board_;
  Rank rank_;
  std::mutex mutex_;  // orders the threads of this process; other processes never see it
  std::vector<OperationStatus> rows_;
};

}  // namespace trireme::supervise
