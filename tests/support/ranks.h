#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "trireme/comm/queued_communicator.h"

namespace trireme::testing {

/// A world to run a test in.
struct RankWorld {
  /// "local", "shm"; "shm_staged": which does not read peers' memory; "hierarchical": local, with two ranks to a
  /// simulated host; "nccl", "nccl_threads": shm or local, and a GPU for each rank; under mpirun "mpi",
  /// "mpi_hierarchical"
  std::string backend;
  int size = 1;
  Seconds timeout{30};
  comm::Decorate decorate = nullptr;  // of local and shm
};

inline void PrintTo(const RankWorld& world, std::ostream* out) { *out << world.backend << " x " << world.size; }

/// How one rank's body ended.
struct RankOutcome {
  std::string error;   // what it threw, or how it died; empty: it returned
  int signal = 0;      // that killed or stopped its process
  double seconds = 0;  // from the start of the body
};

using RankBody = std::function<void(comm::Communicator&)>;

/// Where the calling rank's data lies: its GPU in a world over NCCL, else the host.
Device rank_device();
/// Ranks that a world over NCCL can have here: the GPUs, or none without NCCL. Does not touch the GPUs.
int nccl_ranks();

/// Ranks that mpirun started this program with; 0: it was started by hand.
int mpirun_size();

/// Runs `body` on every rank: threads for "local", this process alone for "mpi", whose peers run it too, forked
/// processes for "shm" (REQUIRES: no other thread lives). A rank that throws aborts its world, as `main` does. A
/// stopped process is killed when all others have ended.
std::vector<RankOutcome> run_ranks(const RankWorld& world, const RankBody& body);

/// Throws an exception with this text when `condition` is false: a failure that crosses process borders.
void expect(bool condition, const std::string& text);

}  // namespace trireme::testing
