#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trireme/comm/queued_communicator.h"

namespace trireme::comm::hierarchical {

/// The communicators of one group: all its ranks, those on this host, and those with this rank's local rank on each
/// host.
class HierarchicalBackend final : public BlockingBackend {
 public:
  /// Collective over `flat`; `inner` holds the members on this host.
  HierarchicalBackend(std::shared_ptr<Communicator> flat, std::shared_ptr<Communicator> inner, std::string name);

  Rank rank() const override { return flat_->rank(); }
  int size() const override { return flat_->size(); }
  std::string_view kind() const override { return "hierarchical"; }
  bool supports(Op op, DType dtype, DeviceKind device) const override {
    return flat_->supports(op, dtype, device) && inner_->supports(op, dtype, device);
  }
  std::unique_ptr<Memory> allocate(Bytes size) override { return inner_->allocate(size); }
  void run(const Operation& operation) override;
  std::unique_ptr<BlockingBackend> split(int color, int key, const std::string& name) override;
  void abort(const std::string& cause) noexcept override;
  std::string abort_cause() const override;
  CommError late(const Operation& operation) noexcept override;

 private:
  void dispatch(const Operation& operation);
  void all_reduce(const Operation& operation);
  void reduce_scatter(const Operation& operation);
  void all_gather(const Operation& operation);
  void broadcast(const Operation& operation);
  int rank_at(int host, int local) const { return ranks_[static_cast<size_t>(host * locals_ + local)]; }
  /// Memory of `inner` of at least this size, kept for the next operation.
  Buffer scratch(int64_t count, DType dtype);

  std::shared_ptr<Communicator> flat_, inner_;
  std::unique_ptr<Communicator> outer_;
  std::string name_;
  bool even_ = false;  // each host holds as many members; else everything goes through flat_
  int hosts_ = 1, locals_ = 1;
  std::vector<int> ranks_;  // of the group, by host and local rank
  std::unique_ptr<Memory> scratch_;
};

}  // namespace trireme::comm::hierarchical
