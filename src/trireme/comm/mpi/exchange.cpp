#include "trireme/comm/mpi/exchange.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "trireme/comm/mpi/mpi.h"
#include "trireme/comm/shared/report.h"
#include "trireme/core/error.h"
#include "trireme/core/log.h"

namespace trireme::comm::mpi {

std::byte* MpiBackend::Exchange::own_bytes(size_t bytes) { return own_.emplace_back(bytes).data(); }

void MpiBackend::Exchange::note(const void* data) {
  const auto holds = [data](const std::vector<std::byte>& own) {
    return data >= own.data() && data < own.data() + own.size();
  };
  uses_callers_memory_ |= std::none_of(own_.begin(), own_.end(), holds);
}

void MpiBackend::Exchange::add(MPI_Request request, const void* data) {
  others_.push_back(request);
  note(data);
}

void MpiBackend::Exchange::send(const void* data, int64_t bytes, int peer, Tag tag) {
  for (int64_t first = 0; first < bytes; first += kPiece) {
    MPI_Request request;
    check_mpi(MPI_Isend(static_cast<const std::byte*>(data) + first, static_cast<int>(std::min(kPiece, bytes - first)),
                        MPI_BYTE, peer, tag, comm_, &request),
              "MPI_Isend");
    add(request, data);
  }
}

void MpiBackend::Exchange::recv(void* data, int64_t bytes, int peer, Tag tag) {
  for (int64_t first = 0; first < bytes; first += kPiece) {
    MPI_Request request;
    check_mpi(MPI_Irecv(static_cast<std::byte*>(data) + first, static_cast<int>(std::min(kPiece, bytes - first)),
                        MPI_BYTE, peer, tag, comm_, &request),
              "MPI_Irecv");
    receives_.push_back(request);
    note(data);
  }
}

int MpiBackend::Exchange::test(bool& done) {
  done = true;
  for (std::vector<MPI_Request>* requests : {&receives_, &others_}) {
    int these_done = 0;
    const int code =
        MPI_Testall(static_cast<int>(requests->size()), requests->data(), &these_done, MPI_STATUSES_IGNORE);
    done = done && these_done;
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

void MpiBackend::Exchange::ring_peers() {
  for (int peer = 0; peer < backend_.size_; ++peer) {
    if (!is_waited_for(peer, backend_.rank_, operation_)) continue;
    backend_.session_->doorbells().ring(backend_.world_ranks_[static_cast<size_t>(peer)],
                                        backend_.bell_of(peers_view(operation_.op)));
  }
}

bool MpiBackend::Exchange::all_peers_ring() const {
  for (int peer = 0; peer < backend_.size_; ++peer) {
    if (!is_waited_for(peer, backend_.rank_, operation_)) continue;
    if (!backend_.session_->doorbells().reach(backend_.world_ranks_[static_cast<size_t>(peer)])) return false;
  }
  return true;
}

void MpiBackend::Exchange::check_time(Seconds asked) {
  const bool is_late = deadline_.look(asked);
  if (backend_.session_->aborted()) {
    if (!grace_) grace_ = Deadline::after(kGrace);
    if (!uses_callers_memory_ || grace_->passed()) throw CommError(backend_.session_->cause());
  } else if (is_late) {
    throw backend_.late(operation_);
  }
}

Seconds MpiBackend::Exchange::time_to_next_look(Messages messages, const Stopwatch& waited) const {
  constexpr double kShortest = 20e-6, kLongest = 0.1, kLongestWithBells = 1;
  const double sleep = messages == Messages::kHeaders && all_peers_ring()
                           ? std::clamp(waited.seconds(), kShortest, kLongestWithBells)
                           : std::clamp(waited.seconds() / 4, kShortest, kLongest);
  const Seconds left = (grace_ ? *grace_ : deadline_).at() - Clock::now();
  return std::clamp(left, Seconds(0), Seconds(sleep));
}

void MpiBackend::Exchange::finish(Messages messages) {
  constexpr int kSpins = 50;
  ring_peers();
  Stopwatch waited;  // since there may have been news
  Seconds asked{0};
  for (int tries = 0;; ++tries) {
    std::optional<Sleeper> sleeper;
    if (tries >= kSpins) sleeper.emplace(backend_.session_->doorbells().own(backend_.bell_of(operation_.op)));
    bool done = false;
    check_mpi(test(done), "MPI_Testall");
    if (done) break;
    check_time(std::exchange(asked, Seconds(0)));
    if (!sleeper) {
      std::this_thread::yield();
      continue;
    }
    asked = time_to_next_look(messages, waited);
    sleeper->sleep(asked);
    if (!sleeper->rung()) continue;
    waited.restart();
    tries = 0;
  }
  ring_peers();  // who sends is done when its peer has received
  receives_.clear();
  others_.clear();
  uses_callers_memory_ = false;
}

void MpiBackend::Exchange::give_up(const std::string& cause) noexcept {
  for (MPI_Request& receive : receives_)
    if (receive != MPI_REQUEST_NULL) MPI_Cancel(&receive);
  const Deadline grace = Deadline::after(kGrace);
  for (bool done = false; test(done) != MPI_SUCCESS || !done;) {
    if (!uses_callers_memory_) return Session::keep(std::move(own_));
    if (grace.passed()) {
      log_error("{}. MPI still uses the memory of {}, which a peer does not end: the job ends", cause,
                describe(operation_, backend_.name_));
      abort_job(static_cast<int>(ExitCode::kEnvironment));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace trireme::comm::mpi
