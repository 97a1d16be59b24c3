#pragma once

#include <string>

#include "trireme/core/clock.h"
#include "trireme/core/file.h"
#include "trireme/supervise/rank_env.h"

namespace trireme::comm {

/// Shared memory for ranks that a launcher started with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT on one host: rank
/// 0 makes it and listens on the port; the others say who they are and get it. A rank of another job or restart is
/// refused, with the reason; one of another host or container ends the meeting of all. Who connects and says nothing
/// holds up nobody. Collective. REQUIRES: launcher == kVariables. Throws CommError, and
/// IoError for a port in use.
UniqueFd meet_on_one_host(const supervise::RankEnv& env, Deadline deadline);

}  // namespace trireme::comm
