#include "trireme/comm/world.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include "trireme/core/error.h"
#include "trireme/core/file.h"

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

TEST(World, PortInUseSaysWhatToDo) {
  const HeldPort held;
  ::listen(held.socket.get(), 1);
  const auto errors = meet({rank_env(0, 2, held.port)}, 1);
  expect_part(errors[0], format("can't listen on port {}", held.port));
  expect_part(errors[0], "set MASTER_PORT to a free port");
}

}  // namespace trireme::comm
