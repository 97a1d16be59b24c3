#include "trireme/comm/mpi/calls.h"

#include <string>

#include "trireme/core/environment.h"
#include "trireme/core/error.h"

namespace trireme::comm::mpi {

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw CommError(
      format("{} failed on host {}: {}", call, host_name(), std::string(text, static_cast<size_t>(length))));
}

UniqueComm ranks_of_node() {
  UniqueComm node;
  check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, /*key=*/0, MPI_INFO_NULL, node.out()),
            "MPI_Comm_split_type");
  return node;
}

}  // namespace trireme::comm::mpi
