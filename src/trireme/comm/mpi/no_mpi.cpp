#include "trireme/comm/mpi/mpi.h"
#include "trireme/core/error.h"

namespace trireme::comm::mpi {

bool available() { return false; }

std::unique_ptr<Communicator> make_world(Seconds, const Decorate&) {
  throw ConfigError(
      "this trireme was built without MPI: install an MPI library with headers (Debian: libopenmpi-dev) and build "
      "again, or start the ranks of one host with `trireme train --ranks N`");
}

void abort_job(int) noexcept {}

}  // namespace trireme::comm::mpi
