#pragma once

#include "trireme/comm/mpi/mpi_backend.h"

namespace trireme::comm::mpi {

/// Messages of one operation under way. Pieces longer than kPiece go as several messages, because MPI counts in int.
class MpiBackend::Exchange {
 public:
  static constexpr int64_t kPiece = int64_t{1} << 30;  // bytes

  Exchange(MpiBackend& backend, MPI_Comm comm, const Operation& operation)
      : backend_(backend), comm_(comm), operation_(operation), deadline_(Deadline::after(backend.timeout_)) {}

  MPI_Comm comm() const { return comm_; }
  void send(const void* data, int64_t bytes, int peer);
  void recv(void* data, int64_t bytes, int peer);
  /// For MPI's own nonblocking collectives.
  void add(MPI_Request request) { requests_.push_back(request); }
  /// Waits for all of them: polls, and sleeps longer the longer it takes. Throws CommError on abort and at the
  /// deadline.
  void finish();

 private:
  MpiBackend& backend_;
  MPI_Comm comm_;
  const Operation& operation_;
  Deadline deadline_;
  std::vector<MPI_Request> requests_;
};

}  // namespace trireme::comm::mpi
