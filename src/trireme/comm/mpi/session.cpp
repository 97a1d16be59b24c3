#include "trireme/comm/mpi/session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "trireme/comm/mpi/calls.h"
#include "trireme/comm/pages.h"
#include "trireme/comm/shared/report.h"
#include "trireme/core/clock.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"

namespace trireme::comm::mpi {

namespace {

enum Tag { kAbort, kQuestion };
constexpr int kAnswerTags = 1000;  // one a question: several threads may ask at once, and an answer may come late
// Seconds until the watcher looks for messages again: at first, at most, and at most where every rank rings for them.
constexpr double kShortestLook = 1e-3, kLook = 0.2, kLookAtBells = 5;
constexpr double kAnswerSeconds = 1;

bool started_for_session = false;  // by the thread that makes the world

struct Question {
  bool is_waited_for;
  int32_t op;
  int32_t answer_tag;
  int64_t sequence;
  std::array<char, 64> group;
};

/// A message that has come, taken from the others at once: only its finder can receive it. Nothing when there is none.
std::optional<std::string> take_message(int source, int tag, MPI_Comm comm, MPI_Status& status) {
  int found = 0, length = 0;
  MPI_Message message;
  if (MPI_Improbe(source, tag, comm, &found, &message, &status) != MPI_SUCCESS || !found) return std::nullopt;
  MPI_Get_count(&status, MPI_BYTE, &length);
  std::string text(static_cast<size_t>(length), '\0');
  if (MPI_Mrecv(text.data(), length, MPI_BYTE, &message, MPI_STATUS_IGNORE) != MPI_SUCCESS) return std::nullopt;
  return text;
}

}  // namespace

void start_mpi() {
  if (started_for_session) return;
  int started = 0, provided = 0;
  MPI_Initialized(&started);
  if (started) throw CommError("MPI is running already in this process; a world of MPI ranks can be made once");
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
  if (provided != MPI_THREAD_MULTIPLE) {
    throw CommError(
        "this MPI library can't be called by several threads (MPI_THREAD_MULTIPLE); use a build of it that can");
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  started_for_session = true;
}

Session::Session() {
  start_mpi();
  started_for_session = false;
  doorbells_ = std::make_unique<Doorbells>();
  for (MPI_Comm* comm : {&control_, &answers_}) check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, comm), "MPI_Comm_dup");
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
  doorbells_->ring_own();
  watcher_.join();
  if (aborted()) {
    doorbells_->abandon();
    return;
  }
  doorbells_.reset();
  MPI_Comm_free(&control_);
  MPI_Comm_free(&answers_);
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
  doorbells_->ring_own();
  return true;
}

void Session::abort(const std::string& cause) noexcept {
  if (!set_cause(cause)) return;
  for (int rank = 0; rank < size_; ++rank) {
    if (rank == rank_) continue;
    // The text stays as long as the session, which outlives the message; nobody waits for a rank that may be gone.
    MPI_Request request;
    if (MPI_Isend(cause_.data(), static_cast<int>(cause_.size()), MPI_BYTE, rank, kAbort, control_, &request) ==
        MPI_SUCCESS) {
      MPI_Request_free(&request);
    }
    doorbells_->ring(rank, Doorbells::kWatcher);
  }
}

void Session::keep(std::vector<std::vector<std::byte>> memory) noexcept {
  static std::mutex mutex;
  static auto& kept = *new std::vector<std::vector<std::vector<std::byte>>>;  // outlives the objects of the process
  const std::lock_guard lock(mutex);
  kept.push_back(std::move(memory));
}

bool Session::handle_message() {
  MPI_Status status;
  const auto message = take_message(MPI_ANY_SOURCE, MPI_ANY_TAG, control_, status);
  if (!message) return false;
  if (status.MPI_TAG == kAbort) {
    set_cause(*message);
    return true;
  }
  Question question;
  std::memcpy(&question, message->data(), sizeof question);
  const supervise::RankStatus mine = board_->read(Rank(0));
  const std::string answer = question.is_waited_for ? standing_of(mine, rank_, question.group.data(),
                                                                  static_cast<Op>(question.op), question.sequence)
                                                    : standing_of(mine, rank_);
  MPI_Send(answer.data(), static_cast<int>(answer.size()), MPI_BYTE, status.MPI_SOURCE, question.answer_tag, answers_);
  return true;
}

void Session::watch() {
  const double longest = doorbells_->reach_all() ? kLookAtBells : kLook;
  Stopwatch quiet;
  while (true) {
    Sleeper sleeper(doorbells_->own(Doorbells::kWatcher));
    if (ending_.load()) return;
    // What MPI has got from the other rank it may show only when it is asked again.
    const bool handled = handle_message();
    if (!handled) sleeper.sleep(Seconds(std::clamp(quiet.seconds(), kShortestLook, longest)));
    if (handled || sleeper.rung()) quiet.restart();
  }
}

std::string Session::ask(int world_rank, const std::string& group, const Operation& operation, bool is_waited_for) {
  const int tag = questions_.fetch_add(1) % kAnswerTags;
  Question question{is_waited_for, static_cast<int32_t>(operation.op), tag, operation.sequence, {}};
  std::strncpy(question.group.data(), group.c_str(), question.group.size() - 1);
  MPI_Send(&question, sizeof question, MPI_BYTE, world_rank, kQuestion, control_);  // small: does not wait for the peer
  doorbells_->ring(world_rank, Doorbells::kWatcher);
  const Stopwatch watch;
  while (watch.seconds() < kAnswerSeconds) {
    MPI_Status status;
    if (auto answer = take_message(world_rank, tag, answers_, status)) return *answer;
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
