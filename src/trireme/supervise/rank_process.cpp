#include "trireme/supervise/rank_process.h"

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "trireme/core/environment.h"

namespace trireme::supervise {

RankProcess::RankProcess(const Start& start)
    : rank_(start.place.rank.value()), log_path_(start.log), output_(start.log, start.shown) {
  auto [control, control_of_rank] = make_reading_pipe();
  RankEnv place = start.place;
  place.control_fd = control_of_rank.get();
  pid_ = spawn_child({
      .executable = start.executable,
      .arguments = start.arguments,
      .environment = to_variables(place),
      .inherited = {place.shm_fd, place.control_fd},
      .output = start.shown ? -1 : output_.log(),
      .errors = output_.child_end(),
      .group = start.group,
  });
  control_ = std::move(control);
  output_.close_child_end();
}

void RankProcess::send_signal(int signal) const noexcept {
  if (running()) ::kill(pid_, signal);
}

void RankProcess::kill() noexcept {
  if (!running()) return;
  killed_by_us_ = true;
  ::kill(pid_, SIGKILL);
}

void RankProcess::read_control() {
  read_available(control_, unread_);
  size_t end;
  while ((end = unread_.find('\n')) != std::string::npos) {
    handle_message(unread_.substr(0, end));
    unread_.erase(0, end + 1);
  }
}

void RankProcess::handle_message(const std::string& line) {
  const auto message = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) return;
  started_ = true;
  const auto number = message.find("step");
  const auto text = message.find("text");
  if (number != message.end() && number->is_number_integer()) {
    int64_t& newest = message.value("event", "") == "checkpoint" ? last_checkpoint_ : last_step_;
    newest = std::max(newest, number->get<int64_t>());
  }
  if (text != message.end() && text->is_string() && error_.empty()) error_ = text->get<std::string>();
}

RankOutcome RankProcess::outcome(const StatusBoard& board) const {
  const RankStatus status = board.read(Rank(rank_));
  return {
      .rank = rank_,
      .pid = pid_,
      .host = host_name(),
      .wait_status = wait_status(),
      .killed_by_us = killed_by_us_,
      .error = error_.empty() ? status.error : error_,
      .last_step = last_step_,
      .last_checkpoint = last_checkpoint_,
      .operations = status.operations,
      .log = log_path_,
  };
}

}  // namespace trireme::supervise
