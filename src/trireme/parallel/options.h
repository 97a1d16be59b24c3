#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "trireme/comm/communicator.h"

namespace trireme::parallel {

/// What data parallelism splits and what it repeats. The levels are those of the ZeRO paper (arXiv:1910.02054);
/// level 3 is what PyTorch calls FSDP. A shard group of one rank makes every level plain DDP.
struct ShardOptions {
  int zero = 0;                         // 1: optimizer state, 2: and gradients, 3: and parameters
  bool reshard_after_forward = true;    // level 3: free whole parameters between forward and backward
  at::ScalarType compute = at::kFloat;  // param_dtype: what layers see
  at::ScalarType reduce = at::kFloat;   // reduce_dtype: what gradients are reduced in
  at::Device device = at::kCPU;

  /// Dtype of master weights and optimizer state.
  at::ScalarType master() const { return compute == at::kDouble ? at::kDouble : at::kFloat; }
};

/// The two directions of data parallelism. State is split over `shard` and repeated over `replicate`; DDP has one
/// rank in `shard`. Both outlive the model.
struct DataParallelGroups {
  comm::Communicator& shard;
  comm::Communicator& replicate;

  /// Where whole gradients are reduced; of one rank where no other has gradients.
  comm::Communicator& of_gradients() const { return shard.size() > 1 ? shard : replicate; }
};

}  // namespace trireme::parallel
