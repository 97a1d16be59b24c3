#pragma once

#include <memory>
#include <string>

#include "trireme/comm/communicator.h"
#include "trireme/core/clock.h"
#include "trireme/supervise/rank_env.h"
#include "trireme/supervise/status_board.h"

namespace trireme::comm {

struct WorldOptions {
  Seconds timeout{300};  // of each operation
  /// kSupervisor: RankLink::writer(). Null: the world makes its own where it needs one.
  std::shared_ptr<supervise::BoardWriter> writer = nullptr;
};

/// `env` with its place on the node: where the launcher did not tell, MPI is started and tells. Collective then, and
/// before make_world, which fills it in for itself. Throws as make_world does.
supervise::RankEnv with_place_on_node(supervise::RankEnv env);

/// The communicator of all ranks of the job. `backend` is "auto" or a name of [system] backend. By launcher, "auto" is
///   kSingle      local, a world of one
///   kSupervisor  shm, over the memory the supervisor hands out
///   kMpi         hierarchical (shm within a host, MPI between) when several hosts have several ranks each, else mpi
///   kVariables   shm, met over MASTER_ADDR:MASTER_PORT; several hosts are refused: they need MPI
/// "nccl" is "auto" for the host's part; who owns the device then hands the result to nccl::make_world.
/// Collective. Throws ConfigError when launcher and back-end don't fit, CommError and IoError when the ranks can't
/// meet.
std::unique_ptr<Communicator> make_world(const supervise::RankEnv& rank_env, const std::string& backend,
                                         const WorldOptions& options);

}  // namespace trireme::comm
