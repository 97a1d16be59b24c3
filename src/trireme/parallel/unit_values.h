#pragma once

#include "trireme/comm/work.h"
#include "trireme/parallel/buffer_pool.h"
#include "trireme/parallel/flat_layout.h"

namespace trireme::parallel {

/// The parameters of one unit: this rank's master shard, and the whole buffer in the compute dtype that layers read.
///
/// Whole buffers persist unless level 3 shards them; then `acquire` gathers and the last `release` frees. When
/// masters and compute share a dtype and the whole buffer persists, the master shard is a slice of it, not a copy.
class UnitValues {
 public:
  UnitValues(const FlatLayout& layout, DataParallelGroups groups, const ShardOptions& options, BufferPool& pool);
  /// Peers may still read this rank's memory, so it waits for what is under way.
  ~UnitValues() { wait_quietly(gathered_); }
  UnitValues(const UnitValues&) = delete;
  UnitValues& operator=(const UnitValues&) = delete;

  /// Flat master weights of this rank, to read and to write: peers have read what a gather under way sends them.
  /// Padding must stay zero.
  const Tensor& master();
  /// Makes the whole buffer follow the masters, after they were initialised, loaded or stepped. Collective over the
  /// shard group; returns before the gather, if there is one, is done.
  comm::Work publish();

  /// Issues the gather, and returns it, if no user holds the buffer yet. Collective over the shard group at level 3.
  comm::Work acquire();
  /// The whole buffer, once gathered. REQUIRES: acquired.
  const Tensor& wait();
  void release();

  /// The whole buffer where it persists and is more than this rank's own masters, else undefined. Waits for the gather.
  Tensor published();

  /// Bytes of this rank's masters and of a whole buffer that persists.
  int64_t persistent_bytes() const;

 private:
  comm::Work gather();
  Tensor own_slice() const { return whole_.narrow(0, first_, master_.numel()); }

  comm::Communicator& group_;
  BufferPool& pool_;
  int64_t whole_numel_;
  int64_t first_;  // of this rank's shard in the whole buffer
  bool persistent_;
  bool same_dtype_;
  Tensor master_;
  Tensor whole_;  // undefined while released
  comm::Work gathered_;
  int users_ = 0;
};

}  // namespace trireme::parallel
