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
      keeps_whole_(options.zero < 2 || groups.shard.size() == 1) {
  auto& owner = groups.shard.size() > 1 ? groups.shard : groups.replicate;
  if (keeps_whole_) whole_ = allocate_flat(owner, whole_numel_, options.reduce, options.device);
  if (keeps_whole_ && options.reduce == options.master()) {
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
  if (keeps_whole_ && !last_microbatch) return comm::Work();
  reducing_ = true;
  if (groups_.shard.size() > 1) {
    return scattered_ = mesh::reduce_scatter(groups_.shard, whole_, own_slice(), comm::ReduceOp::kSum);
  }
  if (groups_.replicate.size() > 1)
    return replicated_ = mesh::all_reduce(groups_.replicate, whole_, comm::ReduceOp::kSum);
  return comm::Work();
}

void UnitGradients::drain() {
  if (!reducing_) return;
  reducing_ = false;
  const bool nothing_follows = groups_.shard.size() == 1 || (keeps_whole_ && groups_.replicate.size() == 1);
  if (nothing_follows) return;
  scattered_.wait();
  if (!keeps_whole_) take_own_slice();
  if (last_ && groups_.replicate.size() > 1) {
    const Tensor sum = keeps_whole_ ? own_slice() : shard_;
    replicated_ = mesh::all_reduce(groups_.replicate, sum, comm::ReduceOp::kSum);
  }
}

void UnitGradients::take_own_slice() {
  if (fresh_) {
    shard_.copy_(own_slice());
  } else {
    shard_.add_(own_slice());
  }
  fresh_ = false;
  pool_.give(std::move(whole_));
  whole_ = Tensor();
}

void UnitGradients::finish() {
  drain();
  scattered_.wait();
  replicated_.wait();
  if (keeps_whole_ && shard_.scalar_type() != whole_.scalar_type()) shard_.copy_(own_slice());
}

int64_t UnitGradients::persistent_bytes() const {
  const auto shard_bytes = static_cast<int64_t>(shard_.nbytes());
  if (!keeps_whole_) return shard_bytes;
  const auto whole_bytes = static_cast<int64_t>(whole_.nbytes());
  return shard_.scalar_type() == whole_.scalar_type() ? whole_bytes : whole_bytes + shard_bytes;
}

}  // namespace trireme::parallel
