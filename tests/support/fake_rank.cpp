// A rank that trains nothing and fails on command, for tests of the supervisor.
//
// FAKE_RANK is a list of RANK:ACTION@STEP[#GENERATION], separated by ";". Actions: exit=CODE, error=TEXT, signal=NUMBER
// (to itself), hang (deaf to its peers' failure), child (starts a process that outlives it), deaf (ignores SIGTERM),
// terminal (draws a bar).
// FAKE_STEPS steps of 10 ms each, then the last word, then the actions of one step more; FAKE_HEARTBEAT seconds. Stops
// with 75 on a signal, with 3 when a peer failed.
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include "trireme/core/environment.h"
#include "trireme/supervise/rank_link.h"

namespace {

using namespace trireme;

volatile std::sig_atomic_t g_stop = 0;

struct Action {
  std::string name;
  std::string value;
};

/// The action of this rank at this step, with an empty name if there is none.
Action action_at(const supervise::RankEnv& place, int64_t step) {
  std::istringstream plan(env("FAKE_RANK").value_or(""));
  for (std::string item; std::getline(plan, item, ';');) {
    const size_t colon = item.find(':'), at = item.rfind('@');
    if (std::stoi(item.substr(0, colon)) != place.rank.value()) continue;
    std::string when = item.substr(at + 1);
    const size_t hash = when.find('#');
    if (hash != std::string::npos && std::stoi(when.substr(hash + 1)) != place.generation) continue;
    if (std::stoll(when) != step) continue;
    const std::string what = item.substr(colon + 1, at - colon - 1);
    const size_t equals = what.find('=');
    return {what.substr(0, equals), equals == std::string::npos ? "" : what.substr(equals + 1)};
  }
  return {};
}

void obey(const Action& action, supervise::RankLink& link) {
  if (action.name == "exit") _exit(std::stoi(action.value));
  if (action.name == "signal") raise(std::stoi(action.value));
  if (action.name == "error") {
    std::cerr << "error: " << action.value << std::endl;
    link.failed(action.value);
    _exit(1);
  }
  if (action.name == "terminal") {
    std::cerr << "\r\x1b[Kbar 1\r\x1b[Kbar 2\r\x1b[K" << (isatty(STDERR_FILENO) ? "a terminal" : "no terminal")
              << std::endl;
  }
  if (action.name == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
  if (action.name == "deaf") signal(SIGTERM, SIG_IGN);
  if (action.name == "child" && fork() == 0) {
    sleep(3600);
    _exit(0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const supervise::RankEnv place = supervise::read_rank_env();
  if (place.launcher != supervise::Launcher::kSupervisor) {
    std::cerr << "fake rank without a supervisor: rank " << place.rank << " of " << place.world << std::endl;
    return 0;
  }
  for (const int number : {SIGTERM, SIGINT, SIGUSR1}) signal(number, [](int) { g_stop = 1; });
  supervise::RankLink link(place, Seconds(std::stod(env("FAKE_HEARTBEAT").value_or("5"))));
  link.started();
  std::cerr << "arguments:";
  for (int i = 1; i < argc; ++i) std::cerr << ' ' << argv[i];
  std::cerr << std::endl;
  if (place.rank.value() == 0) std::cout << "progress of rank 0" << std::endl;

  const int communicator = link.writer()->add_communicator("world");
  const int64_t steps = std::stoll(env("FAKE_STEPS").value_or("20"));
  for (int64_t step = 1; step <= steps; ++step) {
    link.writer()->enter(communicator, "all_reduce", step);
    obey(action_at(place, step), link);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (link.board().aborted()) {
      link.failed("a peer failed: " + link.board().abort_cause()->text);
      return 3;
    }
    link.writer()->finish(communicator, step);
    link.step_done(step);
    if (g_stop) {
      link.checkpoint_saved(step);
      link.finished();
      return 75;
    }
  }
  link.finished();
  obey(action_at(place, steps + 1), link);
  return 0;
}
