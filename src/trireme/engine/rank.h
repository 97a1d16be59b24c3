#pragma once

#include <functional>
#include <memory>

#include "trireme/comm/communicator.h"
#include "trireme/core/error.h"
#include "trireme/mesh/mesh.h"
#include "trireme/recipe/recipe.h"
#include "trireme/supervise/rank_link.h"
#include "trireme/telemetry/trace.h"

namespace trireme::engine {

/// What a process knows once it has become a rank.
struct RankContext {
  const supervise::RankEnv& env;
  supervise::RankLink* link;  // null without a supervisor
  comm::Communicator& world;
  Device device;
};

/// Meets the other ranks, runs `body`, and tells peers and supervisor how it ended. A failure aborts the world, so that
/// nobody waits for this rank; `body` does so itself, with world.abort, before it unwinds objects that have collectives
/// under way.
ExitCode run_as_rank(const recipe::Recipe& recipe, const std::function<ExitCode(const RankContext&)>& body);

/// The trace that the recipe's log.trace asks of this rank; null: none.
std::unique_ptr<telemetry::Tracer> open_tracer(const recipe::Recipe& recipe, const comm::Communicator& world);

/// How the recipe lays a world of `world` ranks. Throws ConfigError with every problem of degrees, nodes and batch.
mesh::Degrees mesh_degrees(const recipe::Recipe& recipe, int world);

}  // namespace trireme::engine
