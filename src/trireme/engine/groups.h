#pragma once

#include <span>
#include <vector>

#include "trireme/comm/communicator.h"
#include "trireme/parallel/options.h"

namespace trireme::engine {

/// The groups that a step talks to. They outlive the trainer.
struct Groups {
  comm::Communicator& shard;      // ranks that split a model's state
  comm::Communicator& replicate;  // ranks that repeat it
  comm::Communicator& batch;      // ranks that read different sequences: shard x replicate

  parallel::DataParallelGroups data_parallel() const { return {shard, replicate}; }
};

/// The sum of a tensor over a group; the tensor itself where the group has one rank. Collective.
at::Tensor sum_over(comm::Communicator& group, at::Tensor value);
/// The largest value of any rank. Collective.
double max_over(comm::Communicator& group, double value);
/// Every rank's values, rank after rank. Collective; each rank gives equally many.
std::vector<double> gather_over(comm::Communicator& group, std::span<const double> values);

}  // namespace trireme::engine
