#pragma once

#include <mpi.h>

#include "trireme/device/unique_handle.h"

namespace trireme::comm::mpi {

/// Throws CommError with MPI's own text unless `code` is MPI_SUCCESS.
void check_mpi(int code, const char* call);

struct CommTraits {
  using Handle = MPI_Comm;
  static inline const Handle kNone = MPI_COMM_NULL;
  static void destroy(MPI_Comm comm) noexcept { MPI_Comm_free(&comm); }
};
using UniqueComm = UniqueHandle<CommTraits>;

/// Those of MPI_COMM_WORLD that share this rank's memory. Collective; throws CommError.
UniqueComm ranks_of_node();

}  // namespace trireme::comm::mpi
