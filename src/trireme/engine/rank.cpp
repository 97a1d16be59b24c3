#include "trireme/engine/rank.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "trireme/comm/nccl/nccl.h"
#include "trireme/comm/world.h"
#include "trireme/core/available.h"
#include "trireme/core/log.h"
#include "trireme/engine/counting_allocator.h"
#include "trireme/engine/devices.h"
#include "trireme/engine/heap.h"
#include "trireme/kernels/current_device.h"
#include "trireme/plan/plan.h"

namespace trireme::engine {

namespace {

int threads_of(const recipe::Recipe& recipe, const supervise::RankEnv& env) {
  if (recipe.system.threads > 0) return static_cast<int>(recipe.system.threads);
  return std::max(1, available_cores() / env.local_size.value());
}

/// All ranks of the job: over NCCL on GPUs, where they are several.
std::unique_ptr<comm::Communicator> make_world(const recipe::Recipe& recipe, const supervise::RankEnv& env,
                                               supervise::RankLink* link, Device device) {
  const Seconds timeout(recipe.system.timeout_s);
  auto host = comm::make_world(env, recipe.system.backend,
                               {.timeout = timeout, .writer = link != nullptr ? link->writer() : nullptr});
  const bool asked = recipe.system.backend == "nccl";
  if (asked && device.kind == DeviceKind::kCpu)
    throw ConfigError(
        "system.backend = \"nccl\" moves memory of GPUs; set system.device = \"cuda\" or another backend");
  if (device.kind == DeviceKind::kCpu || (host->size() == 1 && !asked)) return host;
  const auto stream = [device] { return kernels::current_stream(device); };
  const bool timed = !recipe.log.trace.empty();
  return comm::nccl::make_world(std::move(host),
                                {.device = device, .timeout = timeout, .current_stream = stream, .timed = timed});
}

ExitCode run_in_world(const recipe::Recipe& recipe, const supervise::RankEnv& env, supervise::RankLink* link,
                      const std::function<ExitCode(const RankContext&)>& body) {
  const Device device = pick_device(recipe.system.device, env.local_rank.value().value(), "system.device");
  if (device.kind != DeviceKind::kCpu && recipe.system.deterministic) use_deterministic_kernels();
  kernels::set_current_device(device);
  const auto world = make_world(recipe, env, link, device);
  set_log_rank(world->rank().value());
  try {
    return body({env, link, *world, device});
  } catch (const std::exception& error) {
    world->abort(error.what());
    throw;
  }
}

}  // namespace

ExitCode run_as_rank(const recipe::Recipe& recipe, const std::function<ExitCode(const RankContext&)>& body) {
  keep_freed_memory();
  count_cpu_tensors();
  const supervise::RankEnv env = comm::with_place_on_node(supervise::read_rank_env());
  set_log_rank(env.rank.value());
  at::set_num_threads(threads_of(recipe, env));
  use_full_fp32();
  std::unique_ptr<supervise::RankLink> link;
  if (env.launcher == supervise::Launcher::kSupervisor)
    link = std::make_unique<supervise::RankLink>(env, Seconds(recipe.system.heartbeat_s));
  try {
    const ExitCode code = run_in_world(recipe, env, link.get(), body);
    if (link) link->finished();
    return code;
  } catch (const std::exception& error) {
    if (link) link->failed(error.what());
    throw;
  }
}

std::unique_ptr<telemetry::Tracer> open_tracer(const recipe::Recipe& recipe, const comm::Communicator& world) {
  if (recipe.log.trace.empty()) return nullptr;
  const fs::path path = telemetry::Tracer::path_for(recipe.log.trace, world.rank(), WorldSize(world.size()));
  return std::make_unique<telemetry::Tracer>(path, world.rank());
}

mesh::Degrees mesh_degrees(const recipe::Recipe& recipe, int world) {
  Diagnostics problems = plan::find_problems(recipe, {.size = world});
  if (problems.has_errors()) throw ConfigError(problems.to_string());
  const plan::Degrees degrees = plan::resolve_degrees(recipe.parallel, world, problems);
  const plan::DataParallel groups = plan::data_parallel(degrees, recipe.parallel.zero);
  return {.dp_replicate = static_cast<int>(groups.replicate), .dp_shard = static_cast<int>(groups.shard)};
}

}  // namespace trireme::engine
