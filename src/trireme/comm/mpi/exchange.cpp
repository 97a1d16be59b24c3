#include "trireme/comm/mpi/exchange.h"

#include <algorithm>
#include <thread>

namespace trireme::comm::mpi {

void MpiBackend::Exchange::send(const void* data, int64_t bytes, int peer) {
  for (int64_t first = 0; first < bytes; first += kPiece) {
    MPI_Request request;
    check_mpi(MPI_Isend(static_cast<const std::byte*>(data) + first, static_cast<int>(std::min(kPiece, bytes - first)),
                        MPI_BYTE, peer, /*tag=*/0, comm_, &request),
              "MPI_Isend");
    requests_.push_back(request);
  }
}

void MpiBackend::Exchange::recv(void* data, int64_t bytes, int peer) {
  for (int64_t first = 0; first < bytes; first += kPiece) {
    MPI_Request request;
    check_mpi(MPI_Irecv(static_cast<std::byte*>(data) + first, static_cast<int>(std::min(kPiece, bytes - first)),
                        MPI_BYTE, peer, /*tag=*/0, comm_, &request),
              "MPI_Irecv");
    requests_.push_back(request);
  }
}

void MpiBackend::Exchange::finish() {
  constexpr int kSpins = 50;
  constexpr double kShortest = 20e-6, kLongest = 40e-3;  // seconds of sleep
  const Stopwatch watch;
  for (int tries = 0;; ++tries) {
    int done = 0;
    check_mpi(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, MPI_STATUSES_IGNORE),
              "MPI_Testall");
    if (done) break;
    if (backend_.session_->aborted()) throw CommError(backend_.session_->cause());
    if (deadline_.passed()) throw backend_.late(operation_);
    if (tries < kSpins) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(Seconds(std::clamp(watch.seconds() / 8, kShortest, kLongest)));
    }
  }
  requests_.clear();
}

}  // namespace trireme::comm::mpi
