#pragma once

#include <memory>

#include "trireme/comm/queued_communicator.h"
#include "trireme/core/clock.h"

namespace trireme::comm::mpi {

/// Whether this program was built with MPI.
bool available();

/// All ranks of MPI_COMM_WORLD. Starts MPI; it ends with the last communicator that came from here, and can't be
/// started again in this process. Collective. Throws ConfigError without MPI, CommError when MPI can't start.
///
/// Reductions exchange slices and sum in rank order in fp32, so results are bitwise those of `shm`. Waits poll and
/// sleep; a watcher thread hears of aborts and answers peers that ask where this rank stands.
std::unique_ptr<Communicator> make_world(Seconds timeout, const Decorate& decorate = nullptr);

/// Ends all processes of the MPI job when MPI runs; does nothing otherwise. For `main`, after the last message was
/// written.
void abort_job(int exit_code) noexcept;

}  // namespace trireme::comm::mpi
