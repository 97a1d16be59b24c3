#include "trireme/supervise/rank_link.h"

#include <fcntl.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "trireme/core/check.h"
#include "trireme/core/thread.h"

namespace trireme::supervise {

namespace {

SharedMapping map_board(const RankEnv& env) {
  TRIREME_CHECK(env.launcher == Launcher::kSupervisor, "only a supervised rank has a link");
  return SharedMapping(env.shm_fd, StatusBoard::bytes(env.world.value()));
}

/// The pipe as this rank's own: not inherited by what it starts, never waiting for the supervisor.
UniqueFd adopt_pipe(int fd) {
  if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(fd, F_SETFL, O_WRONLY | O_NONBLOCK) != 0) {
    throw io_error("the control pipe that TRIREME_CONTROL_FD={} names is not open; start ranks with `trireme train`",
                   fd);
  }
  return UniqueFd(fd);
}

}  // namespace

RankLink::RankLink(const RankEnv& env, Seconds heartbeat)
    : rank_(env.rank),
      mapping_(map_board(env)),
      board_(StatusBoard::attach(mapping_.bytes(), env.generation)),
      writer_(std::make_shared<BoardWriter>(board_, env.rank)),
      control_(adopt_pipe(env.control_fd)),
      heart_(start_thread([&] { return std::thread([this, heartbeat] { beat_until_closed(heartbeat); }); })) {
  ::fcntl(env.shm_fd, F_SETFD, FD_CLOEXEC);
}

RankLink::~RankLink() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  closing_.notify_all();
  heart_.join();
}

void RankLink::beat_until_closed(Seconds heartbeat) {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    writer_->beat();
    closing_.wait_for(lock, heartbeat);
  }
}

void RankLink::started() { send(R"({"event":"started"})"); }

void RankLink::step_done(int64_t step) { send(nlohmann::json{{"event", "step"}, {"step", step}}.dump()); }

void RankLink::checkpoint_saved(int64_t step) { send(nlohmann::json{{"event", "checkpoint"}, {"step", step}}.dump()); }

void RankLink::finished() {
  writer_->set_state(RankState::kFinished);
  send(R"({"event":"finished"})");
}

void RankLink::failed(const std::string& error) {
  board_.abort(rank_.value(), error);
  writer_->fail(error);
  // One write of at most PIPE_BUF bytes is whole or absent, so a long text is cut here rather than in the pipe.
  const nlohmann::json line = {{"event", "error"}, {"text", error.substr(0, 1024)}};
  send(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void RankLink::send(const std::string& line) {
  const std::string whole = line + "\n";
  [[maybe_unused]] const ssize_t written = ::write(control_.get(), whole.data(), whole.size());
}

}  // namespace trireme::supervise
