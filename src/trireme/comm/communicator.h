#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "trireme/comm/work.h"
#include "trireme/core/dtype.h"
#include "trireme/core/units.h"
#include "trireme/device/device.h"

namespace trireme::comm {

enum class ReduceOp { kSum, kAvg, kMax, kMin };

enum class Op { kAllReduce, kAllGather, kReduceScatter, kAllToAll, kBroadcast, kSend, kRecv, kBarrier };
std::string_view name_of(Op op);

struct Operation;

/// A typed piece of memory; `count` is in elements, never bytes.
struct Buffer {
  void* data = nullptr;
  int64_t count = 0;
  DType dtype = DType::kF32;
  Device device;

  int64_t bytes() const { return count * size_of(dtype); }
  Buffer slice(int64_t first, int64_t n) const {
    return {static_cast<std::byte*>(data) + first * size_of(dtype), n, dtype, device};
  }
};

/// Memory from Communicator::allocate: peers of one host may read it without a copy. Freed on destruction.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual std::span<std::byte> bytes() = 0;
  virtual Device device() const { return {}; }
};

/// The ranks of one group and the collectives among them.
///
/// Every member calls the same operations in the same order with equal counts and dtypes; a violation that peers
/// can see (another operation, another count) is a CommError on all of them. Operations return at once; buffers
/// must stay alive and untouched until their Work is done. Operations of one communicator run in the order they were
/// issued. Calls on one communicator come from one thread at a time.
///
/// A rank that fails, or a deadline that passes, aborts the group: pending and later operations on every member throw
/// CommError with the first cause (rank, host, operation, sequence number).
///
/// An all_reduce gives every rank the same bits, and a reduction the same bits in every run of one layout over one
/// back-end. The order of a sum is the back-end's:
///   local, shm, mpi   rank order, in fp32 for bf16 and fp16, rounded once
///   hierarchical      the same within each host, then over hosts: see hierarchical::make_world
///   nccl              NCCL's, which may round bf16 and fp16 after each addition: see nccl::make_world
class Communicator {
 public:
  virtual ~Communicator() = default;
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  virtual Rank rank() const = 0;
  virtual int size() const = 0;
  /// For messages: "dp_shard", "world".
  virtual const std::string& name() const = 0;
  virtual std::string_view backend() const = 0;
  virtual bool supports(Op op, DType dtype, DeviceKind device) const = 0;

  /// Memory that collectives of this group use without staging. Throws IoError when there is none left.
  virtual std::unique_ptr<Memory> allocate(Bytes size) = 0;

  virtual Work all_reduce(Buffer in_out, ReduceOp op) = 0;
  /// out.count == in.count * size(); rank r's input lands at slice r. `in` may be that very slice of `out`.
  virtual Work all_gather(Buffer in, Buffer out) = 0;
  /// in.count == out.count * size(); `out` may be this rank's slice of `in`. Leaves the rest of `in` unspecified.
  virtual Work reduce_scatter(Buffer in, Buffer out, ReduceOp op) = 0;
  /// Equal pieces: piece p of `in` goes to rank p; piece p of `out` comes from it. No overlap.
  virtual Work all_to_all(Buffer in, Buffer out) = 0;
  /// Unequal pieces, in elements, laid out back to back in rank order. No overlap.
  virtual Work all_to_all(Buffer in, std::span<const int64_t> in_counts, Buffer out,
                          std::span<const int64_t> out_counts) = 0;
  virtual Work broadcast(Buffer in_out, Rank root) = 0;
  virtual Work send(Buffer in, Rank to) = 0;
  virtual Work recv(Buffer out, Rank from) = 0;
  virtual Work barrier() = 0;
  /// This group, for operations whose result is waited for at once: on an accelerator they run on the caller's stream,
  /// in the same order as the others and without the two waits across streams; on the CPU collectives run on the
  /// calling thread before they return. Owned by this one.
  virtual Communicator& on_current_stream() { return *this; }
  /// Meets the ranks in an operation whose data travels by another transport, such as an accelerator's: numbers it, and
  /// fails as that operation would when a rank skips it, calls another one or has died. Moves nothing.
  virtual Work match(Operation& operation) = 0;

  /// Ranks with equal `color` form a group, ordered by (key, rank). Collective over this group.
  virtual std::unique_ptr<Communicator> split(int color, int key, std::string name) = 0;

  /// Makes every pending and later operation fail on every member, with this cause. Never blocks; any thread.
  virtual void abort(const std::string& cause) noexcept = 0;
  /// The first cause after an abort by any member; empty: none. Never blocks; any thread.
  virtual std::string abort_cause() const = 0;
};

}  // namespace trireme::comm
