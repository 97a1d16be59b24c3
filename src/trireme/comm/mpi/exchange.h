#pragma once

#include <optional>

#include "trireme/comm/mpi/mpi_backend.h"

namespace trireme::comm::mpi {

/// Messages of one operation under way. Pieces longer than kPiece go as several messages, because MPI counts in int.
class MpiBackend::Exchange {
 public:
  static constexpr int64_t kPiece = int64_t{1} << 30;  // bytes
  static constexpr Seconds kGrace{1};

  Exchange(MpiBackend& backend, MPI_Comm comm, const Operation& operation)
      : backend_(backend), comm_(comm), operation_(operation), deadline_(Deadline::after(backend.timeout_)) {}

  MPI_Comm comm() const { return comm_; }
  /// Zeroes, for what is sent and received beside the caller's data; they live as long as MPI may touch them.
  template <class T>
  T* own(size_t count = 1) {
    return reinterpret_cast<T*>(own_bytes(count * sizeof(T)));
  }
  enum Tag { kMessage, kReady };
  /// Headers may be waited for long: until a late peer enters the operation. Data move when all have, but through a
  /// shared memory that is small, and MPI must be asked often for the next part.
  enum class Messages { kHeaders, kData };
  void send(const void* data, int64_t bytes, int peer, Tag tag = kMessage);
  void recv(void* data, int64_t bytes, int peer, Tag tag = kMessage);
  /// For MPI's own nonblocking collectives on `data`.
  void add(MPI_Request request, const void* data);
  /// Waits for all of them: asks MPI, and sleeps longer the longer it takes, until a peer on this node rings. Throws
  /// CommError at the deadline, and on abort unless the caller's memory is under way: every rank has then entered the
  /// operation, and gets kGrace to end it.
  void finish(Messages messages = Messages::kData);
  /// Takes back what is under way, after an abort. Receives that no message has met are cancelled, and own() memory
  /// goes to the session. What else touches the caller's memory has a peer at its other end that stands still or is
  /// gone: MPI can't take it back, the caller may free it at any time, and so the job ends here.
  void give_up(const std::string& cause) noexcept;

 private:
  std::byte* own_bytes(size_t bytes);
  void note(const void* data);
  /// Tells the peers on this node that there may be something for them.
  void ring_peers();
  bool all_peers_ring() const;
  /// After a sleep of `asked`. Throws CommError on abort and at the deadline.
  void check_time(Seconds asked);
  Seconds time_to_next_look(Messages messages, const Stopwatch& waited) const;
  /// Returns what MPI returned.
  int test(bool& done);

  MpiBackend& backend_;
  MPI_Comm comm_;
  const Operation& operation_;
  Deadline deadline_;
  std::vector<MPI_Request> receives_, others_;
  std::vector<std::vector<std::byte>> own_;
  bool uses_callers_memory_ = false;  // one of them does
  std::optional<Deadline> grace_;     // since an abort was heard of
};

}  // namespace trireme::comm::mpi
