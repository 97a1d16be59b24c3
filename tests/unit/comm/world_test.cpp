#include "trireme/comm/world.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <future>
#include <thread>

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/core/process.h"

// Ranks that a launcher started with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, here as threads.
namespace trireme::comm {

namespace {

using supervise::Launcher;
using supervise::RankEnv;

/// A socket that holds a free port of this host.
struct HeldPort {
  HeldPort() : socket(::socket(AF_INET6, SOCK_STREAM, 0)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    socklen_t length = sizeof address;
    ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin6_port);
  }
  UniqueFd socket;
  int port = 0;
};

int free_port() { return HeldPort().port; }

RankEnv rank_env(int rank, int world, int port) {
  RankEnv env;
  env.launcher = Launcher::kVariables;
  env.rank = Rank(rank);
  env.world = WorldSize(world);
  env.local_size = world;
  env.job_id = "job";
  env.master_addr = "localhost";
  env.master_port = port;
  return env;
}

/// A connection to `port`, which somebody soon listens on, and what was said on it.
UniqueFd say(int port, const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  UniqueFd connection;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    connection.reset(::socket(AF_INET, SOCK_STREAM, 0));
  } while (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0);
  ::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
  return connection;
}

/// What each rank's make_world threw; empty when it passed a barrier.
std::vector<std::string> meet(const std::vector<RankEnv>& envs, double timeout) {
  std::vector<std::string> errors(envs.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < envs.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        auto world = make_world(envs[i], "auto", {.timeout = Seconds(timeout)});
        world->barrier().wait();
      } catch (const Error& problem) {
        errors[i] = problem.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return errors;
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in: " << text;
}

}  // namespace

TEST(World, OfOneRankIsLocal) {
  const auto world = make_world(RankEnv(), "auto", {});
  EXPECT_EQ(world->size(), 1);
  EXPECT_EQ(world->backend(), "local");
}

TEST(World, BackendThatTheLauncherCantServeIsRefused) {
  try {
    make_world(RankEnv(), "mpi", {});
    FAIL() << "no error";
  } catch (const ConfigError& problem) {
    expect_part(problem.what(), "system.backend = \"mpi\" can't be used");
    expect_part(problem.what(), "possible: auto, local");
  }
}

TEST(World, RanksStartedByVariablesMeet) {
  const int port = free_port();
  for (const std::string& error : meet({rank_env(0, 3, port), rank_env(1, 3, port), rank_env(2, 3, port)}, 20)) {
    EXPECT_EQ(error, "");
  }
}

TEST(World, StaleRankCantJoinAndTheOthersStillMeet) {
  const int port = free_port();
  RankEnv stale = rank_env(1, 2, port);
  RankEnv first = rank_env(0, 2, port), second = rank_env(1, 2, port);
  first.generation = second.generation = 1;
  const auto errors = meet({first, second, stale}, 3);
  EXPECT_EQ(errors[0], "");
  EXPECT_EQ(errors[1], "");
  // It comes before the others have met and is refused, or after and finds nobody.
  EXPECT_NE(errors[2], "");
}

TEST(World, MissingRankIsNamed) {
  const int port = free_port();
  const auto errors = meet({rank_env(0, 3, port), rank_env(1, 3, port)}, 1);
  for (const std::string& error : errors) expect_part(error, "missing: 2");
}

TEST(World, AJobsNameMayHaveBlanks) {
  const int port = free_port();
  RankEnv first = rank_env(0, 2, port), second = rank_env(1, 2, port);
  first.job_id = second.job_id = "night run 7";
  for (const std::string& error : meet({first, second}, 20)) EXPECT_EQ(error, "");
}

TEST(World, WhoConnectsAndSaysNothingHoldsUpNobody) {
  const int port = free_port();
  auto ranks = std::async(std::launch::async, [&] { return meet({rank_env(0, 2, port)}, 20); });
  const UniqueFd silent = say(port, ""), half = say(port, "trireme-rend");
  const UniqueFd endless = say(port, std::string(1 << 20, 'x'));
  const Stopwatch watch;
  EXPECT_EQ(meet({rank_env(1, 2, port)}, 20)[0], "");
  EXPECT_EQ(ranks.get()[0], "");
  EXPECT_LT(watch.seconds(), 5);
}

TEST(World, AContainerBesideThisOneIsAnotherPlace) {
  const int port = free_port();
  auto ranks = std::async(std::launch::async, [&] { return meet({rank_env(0, 2, port)}, 5); });
  const std::string space = process_space();
  const std::string other = space.substr(0, space.find('/')) + "/pid:[1]";
  const UniqueFd rank = say(port, format("trireme-rendezvous-2 0 2 1 {} pod-1 job\n", other));
  expect_part(ranks.get()[0], "and rank 1 on host pod-1: CPU ranks on several hosts, or in containers that don't see");
}

TEST(World, PortInUseSaysWhatToDo) {
  const HeldPort held;
  ::listen(held.socket.get(), 1);
  const auto errors = meet({rank_env(0, 2, held.port)}, 1);
  expect_part(errors[0], format("can't listen on port {}", held.port));
  expect_part(errors[0], "set MASTER_PORT to a free port");
}

}  // namespace trireme::comm
