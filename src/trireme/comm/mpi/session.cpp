#include "trireme/comm/mpi/session.h"

#include <array>
#include <cstring>
#include <vector>

#include "trireme/comm/pages.h"
#include "trireme/comm/shared/report.h"
#include "trireme/core/clock.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"

namespace trireme::comm::mpi {

namespace {

enum Tag { kAbort = 1, kQuestion = 2, kAnswer = 3 };
constexpr auto kLook = std::chrono::milliseconds(50);  // how often the watcher looks for messages
constexpr double kAnswerSeconds = 1;

struct Question {
  bool is_waited_for;
  int32_t op;
  int64_t sequence;
  std::array<char, 64> group;
};

}  // namespace

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw CommError(
      format("{} failed on host {}: {}", call, host_name(), std::string(text, static_cast<size_t>(length))));
}

Session::Session() {
  int started = 0, provided = 0;
  MPI_Initialized(&started);
  if (started) throw CommError("MPI is running already in this process; a world of MPI ranks can be made once");
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
  if (provided != MPI_THREAD_MULTIPLE) {
    throw CommError(
        "this MPI library can't be called by several threads (MPI_THREAD_MULTIPLE); use a build of it that can");
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &control_), "MPI_Comm_dup");
  MPI_Comm_rank(control_, &rank_);
  MPI_Comm_size(control_, &size_);
  board_memory_ = allocate_pages(Bytes(static_cast<int64_t>(supervise::StatusBoard::bytes(1))));
  board_ = std::make_unique<supervise::StatusBoard>(
      supervise::StatusBoard::create(board_memory_->bytes(), /*world=*/1, /*generation=*/0));
  writer_ = std::make_unique<supervise::BoardWriter>(*board_, Rank(0));
  watcher_ = std::thread([this] { watch(); });
}

Session::~Session() {
  ending_.store(true);
  watcher_.join();
  if (aborted()) return;
  MPI_Comm_free(&control_);
  MPI_Finalize();
}

std::string Session::cause() const {
  const std::lock_guard lock(mutex_);
  return cause_;
}

bool Session::set_cause(const std::string& cause) {
  const std::lock_guard lock(mutex_);
  if (aborted()) return false;
  cause_ = cause;
  aborted_.store(true, std::memory_order_release);
  return true;
}

void Session::abort(const std::string& cause) noexcept {
  if (!set_cause(cause)) return;
  for (int rank = 0; rank < size_; ++rank) {
    if (rank == rank_) continue;
    // The text stays as long as the session, which outlives the message; nobody waits for a rank that may be gone.
    MPI_Request request;
    if (MPI_Isend(cause_.data(), static_cast<int>(cause_.size()), MPI_CHAR, rank, kAbort, control_, &request) ==
        MPI_SUCCESS) {
      MPI_Request_free(&request);
    }
  }
}

bool Session::handle_message() {
  int found = 0, length = 0;
  MPI_Status status;
  // Answers belong to the thread that asked.
  if (MPI_Iprobe(MPI_ANY_SOURCE, kAbort, control_, &found, &status) == MPI_SUCCESS && found) {
    MPI_Get_count(&status, MPI_CHAR, &length);
    std::string cause(static_cast<size_t>(length), '\0');
    MPI_Recv(cause.data(), length, MPI_CHAR, status.MPI_SOURCE, kAbort, control_, MPI_STATUS_IGNORE);
    set_cause(cause);
    return true;
  }
  if (MPI_Iprobe(MPI_ANY_SOURCE, kQuestion, control_, &found, &status) != MPI_SUCCESS || !found) return false;
  Question question;
  MPI_Recv(&question, sizeof question, MPI_BYTE, status.MPI_SOURCE, kQuestion, control_, MPI_STATUS_IGNORE);
  const supervise::RankStatus mine = board_->read(Rank(0));
  const std::string answer = question.is_waited_for ? standing_of(mine, rank_, question.group.data(),
                                                                  static_cast<Op>(question.op), question.sequence)
                                                    : standing_of(mine, rank_);
  MPI_Send(answer.data(), static_cast<int>(answer.size()), MPI_CHAR, status.MPI_SOURCE, kAnswer, control_);
  return true;
}

void Session::watch() {
  while (!ending_.load()) {
    if (!handle_message()) std::this_thread::sleep_for(kLook);
  }
}

std::string Session::ask(int world_rank, const std::string& group, const Operation& operation, bool is_waited_for) {
  Question question{is_waited_for, static_cast<int32_t>(operation.op), operation.sequence, {}};
  std::strncpy(question.group.data(), group.c_str(), question.group.size() - 1);
  MPI_Send(&question, sizeof question, MPI_BYTE, world_rank, kQuestion, control_);  // small: does not wait for the peer
  const Stopwatch watch;
  while (watch.seconds() < kAnswerSeconds) {
    int found = 0, length = 0;
    MPI_Status status;
    if (MPI_Iprobe(world_rank, kAnswer, control_, &found, &status) == MPI_SUCCESS && found) {
      MPI_Get_count(&status, MPI_CHAR, &length);
      std::string answer(static_cast<size_t>(length), '\0');
      MPI_Recv(answer.data(), length, MPI_CHAR, world_rank, kAnswer, control_, MPI_STATUS_IGNORE);
      return answer;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return format("rank {} gives no answer: it has died, is stopped or is cut off", world_rank);
}

void abort_job(int exit_code) noexcept {
  int started = 0, ended = 0;
  MPI_Initialized(&started);
  MPI_Finalized(&ended);
  if (started && !ended) MPI_Abort(MPI_COMM_WORLD, exit_code);
}

}  // namespace trireme::comm::mpi
