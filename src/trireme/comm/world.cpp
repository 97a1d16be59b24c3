#include "trireme/comm/world.h"

#include <fcntl.h>
#include <unistd.h>
#include <array>

#include "trireme/comm/hierarchical/hierarchical.h"
#include "trireme/comm/local/local.h"
#include "trireme/comm/mpi/mpi.h"
#include "trireme/comm/nccl/nccl.h"
#include "trireme/comm/rendezvous.h"
#include "trireme/comm/shm/shm.h"
#include "trireme/core/error.h"
#include "trireme/core/process.h"

namespace trireme::comm {

namespace {

using supervise::Launcher;
using supervise::RankEnv;

std::string_view launcher_name(Launcher launcher) {
  switch (launcher) {
    case Launcher::kSingle: return "no launcher";
    case Launcher::kSupervisor: return "trireme train";
    case Launcher::kMpi: return "an MPI launcher";
    case Launcher::kVariables: return "the variables RANK and WORLD_SIZE";
  }
  return "unknown";
}

/// Back-ends that ranks started by this launcher can use; the first is what "auto" means.
std::vector<std::string> candidates(const RankEnv& env) {
  switch (env.launcher) {
    case Launcher::kSingle: return {"local"};
    case Launcher::kSupervisor: return {"shm"};
    case Launcher::kMpi:
      if (env.local_size.value() > 1 && env.local_size.value() < env.world.value()) return {"hierarchical", "mpi"};
      return {"mpi", "hierarchical"};
    case Launcher::kVariables: return {"shm"};
  }
  return {};
}

std::string choose(const RankEnv& env, const std::string& wanted) {
  const std::vector<std::string> possible = candidates(env);
  if (wanted == "auto" || (wanted == "nccl" && nccl::available())) return possible.front();
  std::string names;
  for (const std::string& name : possible) {
    if (name == wanted) return wanted;
    names += format("{}{}", names.empty() ? "" : ", ", name);
  }
  throw ConfigError(format("system.backend = \"{}\" can't be used by ranks that {} started; possible: auto, {}", wanted,
                           launcher_name(env.launcher), names));
}

shm::Options shm_options(const RankEnv& env, int fd, const WorldOptions& options) {
  return {.fd = fd,
          .rank = env.rank,
          .world = env.world.value(),
          .generation = env.generation,
          .timeout = options.timeout,
          .writer = options.writer};
}

/// shm among ranks that met by a slower communicator.
std::unique_ptr<Communicator> share_memory(Communicator& host_ranks, Seconds timeout) {
  const int size = host_ranks.size();
  UniqueFd memory;
  std::array<int64_t, 2> place{};  // process, descriptor
  if (host_ranks.rank() == Rank(0)) {
    memory = shm::create_memory(size, /*generation=*/0);
    place = {::getpid(), memory.get()};
  }
  host_ranks.broadcast({place.data(), 2, DType::kI64, {}}, Rank(0)).wait();
  if (!memory.valid()) memory = open_file(format("/proc/{}/fd/{}", place[0], place[1]), O_RDWR);
  host_ranks.barrier().wait();  // the maker keeps its descriptor until all have theirs
  return shm::make_world({.fd = memory.get(), .rank = host_ranks.rank(), .world = size, .timeout = timeout});
}

}  // namespace

RankEnv with_place_on_node(RankEnv env) {
  if (env.local_rank && env.local_size) return env;
  const mpi::PlaceOnNode place = mpi::place_on_node();
  env.local_rank = LocalRank(place.rank);
  env.local_size = place.size;
  return env;
}

std::unique_ptr<Communicator> make_world(const RankEnv& rank_env, const std::string& backend,
                                         const WorldOptions& options) {
  const RankEnv env = with_place_on_node(rank_env);
  const std::string name = choose(env, backend);
  if (name == "local") return local::make_alone("world");
  if (name == "mpi") return mpi::make_world(options.timeout);
  if (name == "hierarchical") {
    return hierarchical::make_world(mpi::make_world(options.timeout),
                                    {.host_key = process_space(), .make_inner = [&](Communicator& ranks) {
                                       return share_memory(ranks, options.timeout);
                                     }});
  }
  if (env.launcher == Launcher::kSupervisor) return shm::make_world(shm_options(env, env.shm_fd, options));
  const UniqueFd memory = meet_on_one_host(env, Deadline::after(options.timeout));
  return shm::make_world(shm_options(env, memory.get(), options));
}

}  // namespace trireme::comm
