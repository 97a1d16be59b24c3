#include "trireme/parallel/unit_gradients.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/mesh/tensor_collectives.h"

namespace trireme::parallel {

UnitGradients::UnitGradients(const FlatLayout& layout, DataParallelGroups groups, const ShardOptions& options,
                             BufferPool& pool)
    : groups_(groups),
      pool_(pool),
      whole_numel_(layout.numel()),
      first_(groups.shard.rank().value() * layout.shard_numel()),
      keeps_whole_(options.zero < 2 || groups.shard.size() == 1),
      narrows_(keeps_whole_ && options.reduce != options.master()) {
  if (keeps_whole_) {
    whole_ = allocate_flat(groups.of_gradients(), whole_numel_, options.master(), options.device);
    shard_ = whole_.narrow(0, first_, layout.shard_numel());
  } else {
    shard_ = allocate_flat(groups.replicate, layout.shard_numel(), options.master(), options.device);
  }
}

const Tensor& UnitGradients::whole() {
  if (!keeps_whole_ && !whole_.defined()) {
    whole_ = pool_.take(whole_numel_).zero_();
  } else if (keeps_whole_ && fresh_) {
    whole_.zero_();
    fresh_ = false;
  }
  return whole_;
}

comm::Work UnitGradients::reduce(bool last_microbatch) {
  last_ = last_microbatch;
  const bool alone = groups_.of_gradients().size() == 1;
  if (alone || (keeps_whole_ && !last_microbatch)) return comm::Work();
  sent_ = narrows_ ? pool_.take(whole_numel_).copy_(whole_) : whole_;
  if (groups_.shard.size() > 1) {
    return scattered_ = mesh::reduce_scatter(groups_.shard, sent_, own_slice_of_sent(), comm::ReduceOp::kSum);
  }
  return replicated_ = mesh::all_reduce(groups_.replicate, sent_, comm::ReduceOp::kSum);
}

void UnitGradients::drain() {
  if (!sent_.defined()) return;
  if (narrows_ || !keeps_whole_) take_own_slice();
  if (last_ && groups_.shard.size() > 1 && groups_.replicate.size() > 1) {
    scattered_.wait();
    replicated_ = mesh::all_reduce(groups_.replicate, shard_, comm::ReduceOp::kSum);
  }
  sent_ = Tensor();
}

void UnitGradients::take_own_slice() {
  scattered_.wait();
  replicated_.wait();
  if (keeps_whole_ || fresh_) {
    shard_.copy_(own_slice_of_sent());
  } else {
    shard_.add_(own_slice_of_sent());
  }
  fresh_ = false;
  if (!keeps_whole_) whole_ = Tensor();
  pool_.give(std::move(sent_));
}

void UnitGradients::finish() {
  drain();
  scattered_.wait();
  replicated_.wait();
}

int64_t UnitGradients::persistent_bytes() const {
  return static_cast<int64_t>(keeps_whole_ ? whole_.nbytes() : shard_.nbytes());
}

}  // namespace trireme::parallel
