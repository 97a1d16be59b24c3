#include "trireme/parallel/unit_values.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/mesh/tensor_collectives.h"

namespace trireme::parallel {

UnitValues::UnitValues(const FlatLayout& layout, DataParallelGroups groups, const ShardOptions& options,
                       BufferPool& pool)
    : group_(groups.shard),
      pool_(pool),
      whole_numel_(layout.numel()),
      first_(group_.rank().value() * layout.shard_numel()),
      persistent_(options.zero < 3 || group_.size() == 1),
      same_dtype_(options.compute == options.master()) {
  if (persistent_) whole_ = allocate_flat(group_, whole_numel_, options.compute, options.device).zero_();
  if (persistent_ && same_dtype_) {
    master_ = whole_.narrow(0, first_, layout.shard_numel());
  } else {
    master_ = allocate_flat(group_, layout.shard_numel(), options.master(), options.device).zero_();
  }
}

const Tensor& UnitValues::master() {
  gathered_.wait();
  return master_;
}

comm::Work UnitValues::gather() {
  if (!same_dtype_) own_slice().copy_(master_);
  if (group_.size() > 1) {
    const bool master_is_sent = same_dtype_ && !persistent_;
    gathered_ = mesh::all_gather(group_, master_is_sent ? master_ : own_slice(), whole_);
  }
  return gathered_;
}

comm::Work UnitValues::publish() {
  if (!persistent_) return comm::Work();
  return gather();
}

comm::Work UnitValues::acquire() {
  if (users_++ > 0 || persistent_) return comm::Work();
  whole_ = pool_.take(whole_numel_);
  return gather();
}

const Tensor& UnitValues::wait() {
  TRIREME_CHECK(users_ > 0, "parameters are waited for before they were acquired");
  gathered_.wait();
  return whole_;
}

void UnitValues::release() {
  TRIREME_CHECK(users_ > 0, "parameters are released more often than acquired");
  if (--users_ > 0 || persistent_) return;
  pool_.give(std::move(whole_));
  whole_ = Tensor();
}

Tensor UnitValues::published() {
  const bool is_the_master = same_dtype_ && group_.size() == 1;
  if (!persistent_ || is_the_master) return Tensor();
  gathered_.wait();
  return whole_;
}

int64_t UnitValues::persistent_bytes() const {
  const auto master_bytes = static_cast<int64_t>(master_.nbytes());
  if (!persistent_) return master_bytes;
  const auto whole_bytes = static_cast<int64_t>(whole_.nbytes());
  return same_dtype_ ? whole_bytes : whole_bytes + master_bytes;
}

}  // namespace trireme::parallel
