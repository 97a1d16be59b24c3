#pragma once

#include "trireme/comm/work.h"
#include "trireme/parallel/buffer_pool.h"
#include "trireme/parallel/flat_layout.h"

namespace trireme::parallel {

/// The gradients of one unit: the whole buffer that backward accumulates in, and this rank's reduced shard.
///
/// Levels 0 and 1 keep the whole buffer over all microbatches of a step and reduce it once, after the last. Levels 2
/// and 3 borrow it for one microbatch, reduce_scatter it, add the result to the shard and give it back. At every level
/// microbatches are summed in the master dtype, and what a shard group sends is in the reduce dtype. Sums over ranks;
/// the loss scale makes them means.
class UnitGradients {
 public:
  UnitGradients(const FlatLayout& layout, DataParallelGroups groups, const ShardOptions& options, BufferPool& pool);
  /// Peers may still read this rank's memory, so it waits for what is under way.
  ~UnitGradients() { wait_quietly(scattered_), wait_quietly(replicated_); }
  UnitGradients(const UnitGradients&) = delete;
  UnitGradients& operator=(const UnitGradients&) = delete;

  /// Forgets the gradients of the step before.
  void begin_step() { fresh_ = true; }
  /// Where backward accumulates; zeros at first.
  const Tensor& whole();
  /// Issues the reduction of what backward has accumulated, and returns it, if this level reduces after this
  /// microbatch. Collective over the shard group, and over the replicate group after the last microbatch.
  comm::Work reduce(bool last_microbatch);
  /// If something follows the reduction over the shard group, waits for it: adds the result to the shard and gives
  /// the whole buffer back, and starts the reduction over the replicate group.
  void drain();
  /// Waits for everything; then `shard` holds the gradient of the step.
  void finish();

  /// Flat, in the master dtype, as `UnitValues::master`.
  const Tensor& shard() const { return shard_; }
  /// Bytes that stay allocated between microbatches.
  int64_t persistent_bytes() const;

 private:
  Tensor own_slice_of_sent() const { return sent_.narrow(0, first_, shard_.numel()); }
  void take_own_slice();

  DataParallelGroups groups_;
  BufferPool& pool_;
  int64_t whole_numel_;
  int64_t first_;  // of this rank's shard in the whole buffer
  bool keeps_whole_;
  bool narrows_;  // a whole buffer in the master dtype is sent in the reduce dtype
  Tensor whole_;  // undefined while given back
  Tensor sent_;   // what is under reduction: `whole_`, or its narrow copy, lent by the pool
  Tensor shard_;  // a slice of `whole_` where that persists
  bool fresh_ = true;
  bool last_ = false;
  comm::Work scattered_, replicated_;
};

}  // namespace trireme::parallel
