#pragma once

#include <mpi.h>
#include <string>
#include <vector>

#include "trireme/comm/futex_word.h"

namespace trireme::comm::mpi {

/// Words in memory that the ranks of one node share, on which a rank sleeps until another one has something for it.
/// MPI itself can only be asked again and again, and each asking costs a core that has slept up to half a millisecond.
/// A ring is a hint: who misses one finds its message at the next look.
class Doorbells {
 public:
  static constexpr int kWatcher = 0;
  /// The bell of a lane, a group's collectives, sends or receives: the same on all ranks. Lanes may have one in common.
  static int of_lane(const std::string& lane);

  /// Collective over MPI_COMM_WORLD. Throws CommError.
  Doorbells();
  /// Collective, unless abandoned.
  ~Doorbells();
  Doorbells(const Doorbells&) = delete;
  Doorbells& operator=(const Doorbells&) = delete;
  /// The memory stays until this process ends: other ranks may be gone.
  void abandon() { window_ = MPI_WIN_NULL; }

  bool reach(int world_rank) const { return bells_[static_cast<size_t>(world_rank)] != nullptr; }
  bool reach_all() const;
  /// After the message for that rank was sent. Does nothing for a rank out of reach.
  void ring(int world_rank, int bell) noexcept;
  /// All bells of this rank.
  void ring_own() noexcept;
  FutexWord& own(int bell) { return bells_[static_cast<size_t>(rank_)][bell]; }

 private:
  static constexpr int kBells = 32;  // of each rank

  int rank_ = 0;
  MPI_Win window_ = MPI_WIN_NULL;
  std::vector<FutexWord*> bells_;  // by world rank; null: on another node
};

}  // namespace trireme::comm::mpi
