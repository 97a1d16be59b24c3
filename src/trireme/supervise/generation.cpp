#include "trireme/supervise/generation.h"

#include <poll.h>
#include <sys/wait.h>
#include <algorithm>
#include <cstring>
#include <fstream>

#include "trireme/core/environment.h"
#include "trireme/core/log.h"

namespace trireme::supervise {

namespace {

constexpr int kMissedHeartbeats = 3;

bool ended_with(int wait_status, ExitCode code) {
  return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == static_cast<int>(code);
}

/// The letter of proc(5): "T" stopped, "D" in an uninterruptible wait.
char process_state(int pid) {
  std::ifstream stat(format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  const size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= text.size() ? '?' : text[name_end + 2];
}

std::string describe_silence(int pid) {
  switch (process_state(pid)) {
    case 'T': return "it is stopped, as by SIGSTOP";
    case 'D': return "it waits for the disk or the network inside the kernel";
    default: return "it runs, but its threads make no progress";
  }
}

}  // namespace

Generation::Generation(const SupervisorOptions& options, int number, const std::vector<int>& slots,
                       SignalWatch& signals)
    : options_(options),
      signals_(signals),
      memory_(create_shared_memory(StatusBoard::bytes(static_cast<int>(slots.size())))),
      mapping_(memory_.get(), StatusBoard::bytes(static_cast<int>(slots.size()))),
      board_(StatusBoard::create(mapping_.bytes(), static_cast<int>(slots.size()), number)),
      world_(static_cast<int>(slots.size())),
      listening_since_(now_seconds()) {
  for (int rank = 0; rank < world_; ++rank) {
    RankEnv place;
    place.launcher = Launcher::kSupervisor;
    place.rank = Rank(rank);
    place.world = WorldSize(world_);
    place.local_rank = LocalRank(slots[static_cast<size_t>(rank)]);
    place.job_id = options.job_id;
    place.generation = number;
    place.shm_fd = memory_.get();
    ranks_.emplace_back(RankProcess::Start{
        .executable = options.executable,
        .arguments = number == 0 ? options.arguments : options.restart_arguments,
        .log = options.log_folder / format("rank_{}.log", rank),
        .group = group_.id(),
        .place = place,
        .shown = rank == 0,
    });
  }
}

Generation::Result Generation::watch() {
  while (any_running()) {
    wait_for_events();
    handle_signals();
    if (num_interrupts_ < 2) check_signs_of_life();
    enforce_grace();
  }
  group_.kill_all();  // whatever the ranks started themselves
  drain_pipes();
  if (num_interrupts_ >= 2) return {Result::Kind::kInterrupted, {}, true};
  if (first_failed_ >= 0) return {Result::Kind::kFailed, make_failure(), stop_requested_};
  const bool stopped = std::any_of(ranks_.begin(), ranks_.end(), [](const RankProcess& rank) {
    return !ended_with(rank.wait_status(), ExitCode::kOk);
  });
  return {stopped ? Result::Kind::kStopped : Result::Kind::kDone, {}, stop_requested_};
}

bool Generation::any_running() const {
  return std::any_of(ranks_.begin(), ranks_.end(), [](const RankProcess& rank) { return rank.running(); });
}

void Generation::wait_for_events() {
  // poll() skips negative descriptors, so closed pipes need no care.
  std::vector<pollfd> watched = {{signals_.fd(), POLLIN, 0}};
  for (const RankProcess& rank : ranks_) {
    watched.push_back({rank.control_fd(), POLLIN, 0});
    watched.push_back({rank.output_fd(), POLLIN, 0});
  }
  const double longest = std::max(0.0, time_to_next_deadline().count());
  ::poll(watched.data(), watched.size(), static_cast<int>(longest * 1e3) + 1);
  if (since_events_.seconds() > longest + options_.heartbeat.count()) listening_since_ = now_seconds();
  since_events_.restart();
  drain_pipes();
}

void Generation::drain_pipes() {
  for (RankProcess& rank : ranks_) {
    rank.read_control();
    rank.pass_on_output();
  }
}

Seconds Generation::time_to_next_deadline() const {
  Seconds next = options_.heartbeat;
  if (first_failed_ >= 0) {
    next = std::min(next, Seconds(failed_at_ + options_.grace.count() - now_seconds()));
  }
  return next;
}

void Generation::handle_signals() {
  while (const auto signal = signals_.next()) {
    if (*signal == SIGCHLD) {
      reap();
    } else {
      request_stop(*signal);
    }
  }
}

void Generation::request_stop(int signal) {
  if (signal == SIGINT && ++num_interrupts_ >= 2) {
    log_warning("interrupted twice: killing the ranks; --resume goes on from the newest checkpoint");
    for (RankProcess& rank : ranks_) rank.kill();
    return;
  }
  if (!stop_requested_) {
    log_info("SIG{} came: the ranks finish their step and save{}", sigabbrev_np(signal),
             signal == SIGINT ? "; Ctrl-C again kills them now" : "");
  }
  stop_requested_ = true;
  for (const RankProcess& rank : ranks_) rank.send_signal(signal == SIGHUP ? SIGTERM : signal);
}

void Generation::reap() {
  std::vector<int> ended_badly;
  for (size_t i = 0; i < ranks_.size(); ++i) {
    int status = 0;
    if (!ranks_[i].running() || ::waitpid(ranks_[i].pid(), &status, WNOHANG) != ranks_[i].pid()) continue;
    ranks_[i].set_ended(status);
    if (!ended_well(ranks_[i])) ended_badly.push_back(static_cast<int>(i));
  }
  if (ended_badly.empty() || first_failed_ >= 0 || num_interrupts_ >= 2) return;
  drain_pipes();
  const int rank = worst_of(ended_badly);
  const int stopped = stopped_rank();
  if (stopped >= 0 && !WIFSIGNALED(ranks_[static_cast<size_t>(rank)].wait_status())) {
    return fail_silent_rank(stopped);
  }
  const auto abort = board_.abort_cause();
  begin_failure(rank, abort ? abort->text : "");
}

int Generation::stopped_rank() const {
  for (size_t i = 0; i < ranks_.size(); ++i) {
    const int rank = static_cast<int>(i);
    const bool is_silent = silence_of(rank) > options_.heartbeat.count();
    if (is_silent && ranks_[i].running() && process_state(ranks_[i].pid()) == 'T') return rank;
  }
  return -1;
}

bool Generation::ended_well(const RankProcess& rank) const {
  const int status = rank.wait_status();
  if (ended_with(status, ExitCode::kOk) || ended_with(status, ExitCode::kStopped)) return true;
  // Told to stop before it could listen: there was nothing to save.
  return stop_requested_ && !rank.started() && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL;
}

int Generation::worst_of(const std::vector<int>& ended_badly) const {
  // A signal is never a consequence. An aborted peer ends with kEnvironment, so any other code is nearer the cause.
  const auto abort = board_.abort_cause();
  const auto nearness = [&](int rank) {
    const int status = ranks_[static_cast<size_t>(rank)].wait_status();
    if (WIFSIGNALED(status)) return 2;
    return ended_with(status, ExitCode::kEnvironment) ? 0 : 1;
  };
  const int nearest = *std::max_element(ended_badly.begin(), ended_badly.end(), [&](int a, int b) {
    return nearness(a) != nearness(b) ? nearness(a) < nearness(b) : a > b;
  });
  const bool peers_know = abort && abort->rank >= 0 && abort->rank < world_;
  return peers_know && nearness(nearest) < 2 ? abort->rank : nearest;
}

void Generation::check_signs_of_life() {
  for (size_t i = 0; i < ranks_.size(); ++i) {
    if (!ranks_[i].running() || first_failed_ >= 0) continue;
    const int rank = static_cast<int>(i);
    const double silence = silence_of(rank);
    if (silence <= kMissedHeartbeats * options_.heartbeat.count()) continue;
    const bool beats = board_.read(Rank(rank)).state == RankState::kRunning;
    const bool is_late = beats || silence > options_.start_or_end_limit.count();
    if (is_late || process_state(ranks_[i].pid()) == 'T') fail_silent_rank(rank);
  }
}

double Generation::silence_of(int rank) const {
  return now_seconds() - std::max(board_.read(Rank(rank)).heartbeat_at, listening_since_);
}

void Generation::fail_silent_rank(int rank) {
  RankProcess& process = ranks_[static_cast<size_t>(rank)];
  begin_failure(rank, format("rank {} on {} (pid {}) gave no sign of life for {} s: {}", rank, host_name(),
                             process.pid(), format_fixed(silence_of(rank), 1), describe_silence(process.pid())));
  process.kill();
}

void Generation::begin_failure(int rank, const std::string& cause) {
  const RankProcess& process = ranks_[static_cast<size_t>(rank)];
  first_failed_ = rank;
  cause_ = cause;
  failed_at_ = now_seconds();
  if (board_.aborted()) return;
  const std::string ending = process.running() ? cause
                                               : format("rank {} on {} (pid {}) {}", rank, host_name(), process.pid(),
                                                        describe_wait_status(process.wait_status()));
  board_.abort(rank, ending);
}

void Generation::enforce_grace() {
  if (first_failed_ < 0 || now_seconds() < failed_at_ + options_.grace.count()) return;
  for (RankProcess& rank : ranks_) rank.kill();
}

Failure Generation::make_failure() const {
  Failure failure{.first_rank = first_failed_, .cause = cause_, .seen_at = failed_at_, .ranks = {}};
  for (const RankProcess& rank : ranks_) failure.ranks.push_back(rank.outcome(board_));
  return failure;
}

}  // namespace trireme::supervise
