#include "distributed_training/ranks.h"

#include <ATen/Parallel.h>

#include "support/ranks.h"
#include "trireme/core/error.h"
#include "trireme/kernels/current_device.h"

namespace trireme::testing {

engine::Groups groups_of(const mesh::Mesh& mesh) {
  using mesh::Axis;
  return {mesh.group(Axis::kDpShard), mesh.group(Axis::kDpReplicate), mesh.group(Axis::kBatch)};
}

void train_on_ranks(int size, const Mode& mode, const std::function<void(const mesh::Mesh&)>& body,
                    const std::string& backend) {
  const int replicate = mode.replicate == 0 ? size : mode.replicate;
  const auto outcomes = run_ranks({backend, size}, [&](comm::Communicator& world) {
    at::set_num_threads(1);  // ranks are threads already
    kernels::set_current_device(rank_device());
    const mesh::Mesh mesh(world, {.dp_replicate = replicate, .dp_shard = size / replicate});
    body(mesh);
  });
  for (const RankOutcome& outcome : outcomes)
    if (!outcome.error.empty()) throw Error(ExitCode::kFailed, outcome.error);
}

}  // namespace trireme::testing
