#pragma once

#include <memory>

#include "trireme/comm/queued_communicator.h"
#include "trireme/core/clock.h"

namespace trireme::comm::mpi {

/// Whether this program was built with MPI.
bool available();

/// This rank among those that share its node's memory, as MPI_Comm_split_type tells.
struct PlaceOnNode {
  int rank = 0, size = 1;
};
/// Starts MPI, which ends with the world that is made next. Collective. Throws as make_world does.
PlaceOnNode place_on_node();

/// All ranks of MPI_COMM_WORLD. Starts MPI; it ends with the last communicator that came from here, and can't be
/// started again in this process. Collective. Throws ConfigError without MPI, CommError when MPI can't start.
///
/// Reductions exchange slices and sum in rank order in fp32, so results are bitwise those of `shm`. A wait for
/// a late rank sleeps until a rank of this node rings (Doorbells); for other nodes it asks MPI every 20 us to 100 ms. A
/// watcher thread hears of aborts and answers peers that ask where this rank stands.
///
/// An operation that fails gives its memory back: what MPI can't take back must end within two seconds. Where a peer
/// stands still in the middle of a transfer it does not, and the job ends with the cause on standard error, since
/// memory that is free for its caller and in use by MPI at once would be worse.
std::unique_ptr<Communicator> make_world(Seconds timeout, const Decorate& decorate = nullptr);

/// Ends all processes of the MPI job when MPI runs; does nothing otherwise. For `main`, after the last message was
/// written.
void abort_job(int exit_code) noexcept;

}  // namespace trireme::comm::mpi
