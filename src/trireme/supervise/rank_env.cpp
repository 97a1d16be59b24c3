#include "trireme/supervise/rank_env.h"

#include <optional>

#include "trireme/core/environment.h"
#include "trireme/core/error.h"

namespace trireme::supervise {

namespace {

int required_int(const char* name, const char* because) {
  const auto value = env_int(name);
  if (!value) throw UsageError(format("environment variable {} is missing, though {} is set", name, because));
  return static_cast<int>(*value);
}

int int_or(const char* name, int fallback) { return static_cast<int>(env_int(name).value_or(fallback)); }

std::string text_or(const char* name, std::string fallback) { return env(name).value_or(std::move(fallback)); }

void check_range(const char* rank_name, int rank, const char* size_name, int size) {
  if (size < 1) throw UsageError(format("environment variable {} must be at least 1, got {}", size_name, size));
  if (rank < 0 || rank >= size) {
    throw UsageError(format("environment variable {}={} must be from 0 to {}, because {}={}", rank_name, rank, size - 1,
                            size_name, size));
  }
}

RankEnv from_supervisor() {
  RankEnv out;
  out.launcher = Launcher::kSupervisor;
  const int rank = required_int("TRIREME_RANK", "TRIREME_JOB_ID");
  const int world = required_int("TRIREME_WORLD_SIZE", "TRIREME_RANK");
  check_range("TRIREME_RANK", rank, "TRIREME_WORLD_SIZE", world);
  out.rank = Rank(rank);
  out.world = WorldSize(world);
  out.local_rank = LocalRank(required_int("TRIREME_LOCAL_RANK", "TRIREME_RANK"));
  out.local_size = world;
  out.job_id = text_or("TRIREME_JOB_ID", "");
  out.generation = required_int("TRIREME_GENERATION", "TRIREME_RANK");
  out.shm_fd = required_int("TRIREME_SHM_FD", "TRIREME_RANK");
  out.control_fd = required_int("TRIREME_CONTROL_FD", "TRIREME_RANK");
  return out;
}

/// Names under which an MPI launcher tells a rank its place.
struct MpiNames {
  const char* rank;
  const char* size;
  const char* local_rank;
  const char* local_size;
};
constexpr MpiNames kOpenMpi = {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
                               "OMPI_COMM_WORLD_LOCAL_SIZE"};
constexpr MpiNames kSlurm = {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE"};
constexpr MpiNames kHydra = {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"};

std::optional<MpiNames> mpi_launcher() {
  if (env("OMPI_COMM_WORLD_RANK")) return kOpenMpi;
  if (env("PMIX_RANK") && env("SLURM_PROCID")) return kSlurm;
  if (env("PMI_RANK")) return kHydra;
  return std::nullopt;
}

RankEnv from_mpi(const MpiNames& names) {
  RankEnv out;
  out.launcher = Launcher::kMpi;
  const int rank = required_int(names.rank, "an MPI launcher's variable");
  const int world = required_int(names.size, names.rank);
  check_range(names.rank, rank, names.size, world);
  out.rank = Rank(rank);
  out.world = WorldSize(world);
  out.local_rank.reset();
  out.local_size.reset();
  if (const auto local_rank = env_int(names.local_rank)) out.local_rank = LocalRank(static_cast<int>(*local_rank));
  if (const auto local_size = env_int(names.local_size)) out.local_size = static_cast<int>(*local_size);
  out.node_rank = NodeRank(int_or("SLURM_NODEID", 0));
  out.num_nodes = int_or("SLURM_JOB_NUM_NODES", 1);
  out.job_id = text_or("PMIX_NAMESPACE", text_or("SLURM_JOB_ID", "mpi"));
  out.generation = int_or("SLURM_RESTART_COUNT", 0);
  const auto other = env_int("RANK");
  if (other && *other != rank) {
    throw UsageError(
        format("environment variables contradict each other: {}={} but RANK={}; unset RANK and "
               "WORLD_SIZE, or start the ranks without mpirun",
               names.rank, rank, *other));
  }
  return out;
}

RankEnv from_variables() {
  RankEnv out;
  out.launcher = Launcher::kVariables;
  const int rank = required_int("RANK", "WORLD_SIZE");
  const int world = required_int("WORLD_SIZE", "RANK");
  check_range("RANK", rank, "WORLD_SIZE", world);
  // Without MPI ranks meet on one host alone, so a world that says nothing of its nodes is one node.
  const int local_size = int_or("LOCAL_WORLD_SIZE", world);
  if (local_size > 1 && local_size < world && !env("LOCAL_RANK")) {
    throw UsageError(
        format("LOCAL_WORLD_SIZE={} needs LOCAL_RANK, this rank's number on its node, in the environment", local_size));
  }
  const int local_rank = int_or("LOCAL_RANK", local_size == world ? rank : 0);
  check_range("LOCAL_RANK", local_rank, "LOCAL_WORLD_SIZE", local_size);
  if (local_size > world || world % local_size != 0) {
    throw UsageError(
        format("environment variables contradict each other: WORLD_SIZE={} is no multiple of "
               "LOCAL_WORLD_SIZE={}",
               world, local_size));
  }
  out.rank = Rank(rank);
  out.world = WorldSize(world);
  out.local_rank = LocalRank(local_rank);
  out.local_size = local_size;
  out.num_nodes = world / local_size;
  out.node_rank = NodeRank(int_or("GROUP_RANK", rank / local_size));
  out.job_id = text_or("TORCHELASTIC_RUN_ID", "variables");
  out.generation = int_or("TORCHELASTIC_RESTART_COUNT", 0);
  if (world == 1) return out;
  out.master_addr = text_or("MASTER_ADDR", "");
  if (out.master_addr.empty()) {
    throw UsageError(format("WORLD_SIZE={} needs MASTER_ADDR, the host of rank 0, in the environment", world));
  }
  out.master_port = required_int("MASTER_PORT", "MASTER_ADDR");
  if (out.master_port < 1 || out.master_port > 65535) {
    throw UsageError(format("environment variable MASTER_PORT must be from 1 to 65535, got {}", out.master_port));
  }
  return out;
}

/// srun without PMIx starts tasks that can't find each other; each would train alone.
void refuse_lonely_tasks() {
  const auto tasks = env_int("SLURM_STEP_NUM_TASKS");
  if (!tasks || *tasks < 2) return;
  throw UsageError(
      format("srun started {} tasks without PMIx, so they can't find each other; use "
             "srun --mpi=pmix, or set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT",
             *tasks));
}

}  // namespace

RankEnv read_rank_env() {
  if (env("TRIREME_RANK") || env("TRIREME_JOB_ID")) return from_supervisor();
  if (const auto names = mpi_launcher()) return from_mpi(*names);
  if (env("RANK") || env("WORLD_SIZE")) return from_variables();
  refuse_lonely_tasks();
  RankEnv single;
  single.job_id = "single";
  return single;
}

std::vector<std::string> to_variables(const RankEnv& rank_env) {
  return {
      format("TRIREME_RANK={}", rank_env.rank),
      format("TRIREME_WORLD_SIZE={}", rank_env.world),
      format("TRIREME_LOCAL_RANK={}", rank_env.local_rank.value()),
      format("TRIREME_JOB_ID={}", rank_env.job_id),
      format("TRIREME_GENERATION={}", rank_env.generation),
      format("TRIREME_SHM_FD={}", rank_env.shm_fd),
      format("TRIREME_CONTROL_FD={}", rank_env.control_fd),
  };
}

}  // namespace trireme::supervise
