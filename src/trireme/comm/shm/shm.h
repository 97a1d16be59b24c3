#pragma once

#include <memory>

#include "trireme/comm/queued_communicator.h"
#include "trireme/core/clock.h"
#include "trireme/core/file.h"
#include "trireme/supervise/status_board.h"

namespace trireme::comm::shm {

/// What a process needs to join the world of ranks on its host.
struct Options {
  int fd = -1;  // memfd with a StatusBoard at its start; stays open as long as the world, and belongs to the caller
  Rank rank{0};
  int world = 1;
  int generation = 0;
  Seconds timeout{600};   // of each operation
  Bytes memory_limit{0};  // most this rank may allocate; 0: what the host has left
  bool may_read = true;   // peers' own memory through the kernel, if it lets all ranks; else such data is staged
  /// Where this rank says what it does, from RankLink; null: a writer of the world's own.
  std::shared_ptr<supervise::BoardWriter> writer = nullptr;
  Decorate decorate = nullptr;
};

/// Ranks as processes of one host over a memfd. Layout: StatusBoard, the world's control block, then from a 2 MiB
/// border on one sparse range a rank, from which that rank alone allocates. The file grows as needed and never by name,
/// so nothing is left behind. Not collective: a rank may come before its peers. Throws CommError for a board that is
/// not this job's, IoError.
std::unique_ptr<Communicator> make_world(const Options& options);

/// A memfd with the board of `world` ranks, ready to be inherited or passed on, for launchers and tests.
UniqueFd create_memory(int world, int generation);

}  // namespace trireme::comm::shm
