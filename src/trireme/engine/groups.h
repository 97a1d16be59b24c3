#pragma once

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

/// Overwrites `value` with its sum over the group, and returns it. Collective; waits for no device.
at::Tensor sum_over(comm::Communicator& group, at::Tensor value);

}  // namespace trireme::engine
