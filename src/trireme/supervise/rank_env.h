#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trireme/core/units.h"

namespace trireme::supervise {

/// Who started this process as a rank.
enum class Launcher {
  kSingle,      // nobody: a world of one
  kSupervisor,  // `trireme train` on this host: shared memory and a control pipe are inherited
  kMpi,         // mpirun, or srun --mpi=pmix: MPI_Init tells the rank
  kVariables,   // RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, as torchrun and Kubernetes operators set them
};

/// What the launcher told this process. Read once, in `main`.
struct RankEnv {
  Launcher launcher = Launcher::kSingle;
  Rank rank{0};
  WorldSize world{1};
  // Place on the node. kMpi: empty where the launcher does not tell; comm::complete() then asks MPI.
  std::optional<LocalRank> local_rank = LocalRank(0);  // its GPU. kSupervisor: its slot, which may lie above local_size
                                                       // once others were left out
  std::optional<int> local_size = 1;                   // ranks on this node
  NodeRank node_rank{0};
  int num_nodes = 1;
  std::string job_id;       // equal on all ranks of a job
  int generation = 0;       // restarts so far; a stale rank of an earlier generation can't join
  std::string master_addr;  // kVariables
  int master_port = 0;      // kVariables
  int shm_fd = -1;      // kSupervisor: memfd shared by the ranks of this host; StatusBoard first, then comm's region
  int control_fd = -1;  // kSupervisor: pipe to the supervisor, one JSON object a line; closed when the rank ends
};

/// From the environment. Throws UsageError when the variables contradict each other.
RankEnv read_rank_env();

/// "NAME=value" for each variable by which a supervisor tells a rank its place; read_rank_env() reads them back.
std::vector<std::string> to_variables(const RankEnv& rank_env);

}  // namespace trireme::supervise
