#include "trireme/comm/mpi/mpi.h"
#include "trireme/core/error.h"

namespace trireme::comm::mpi {

namespace {

[[noreturn]] void refuse() {
  throw ConfigError(
      "this trireme was built without MPI: install an MPI library with headers (Debian: libopenmpi-dev) and build "
      "again, or start the ranks of one host with `trireme train --ranks N`");
}

}  // namespace

bool available() { return false; }

PlaceOnNode place_on_node() { refuse(); }

std::unique_ptr<Communicator> make_world(Seconds, const Decorate&) { refuse(); }

void abort_job(int) noexcept {}

}  // namespace trireme::comm::mpi
