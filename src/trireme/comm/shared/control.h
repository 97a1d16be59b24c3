#pragma once

#include <atomic>
#include <cstdint>

#include "trireme/comm/futex_word.h"
#include "trireme/comm/header.h"
#include "trireme/comm/shared/peer_memory.h"

namespace trireme::comm {

/// How peers get at a rank's data.
enum class Access : int32_t {
  kNone,    // it has none for them
  kInView,  // in the shared space
  kRead,    // in the rank's own memory, from which they read through the kernel
  kStaged,  // likewise, but it passes through a staging area in the shared space, chunk by chunk
};

/// What a rank says of the operation it is in. Peers compare it with theirs and find the data by its place.
struct Posting {
  Header header;
  Access access;
  int64_t place;  // offset of the data in the shared space, its address, or offset of the staging area
};

struct alignas(64) Member {
  int32_t world_rank;
  int32_t reads_peers;  // whether this rank reads the memory of all; known to all after the group's second operation
  std::atomic<uint64_t> rounds_done;
  ProcessProbe probe;
  // Two, used in turn: a rank may already post its next operation while a slow peer reads this one.
  Posting postings[2];
};

/// A one-way path between two ranks. `word` is 0 when empty, 1 when the sender has posted a chunk.
struct alignas(64) Channel {
  FutexWord word;
  Posting posting;
};

/// The memory a group of ranks meets in. All-zero is the initial state; `size` and world ranks are set by the maker
/// before anybody else learns where it lies.
class ControlBlock {
 public:
  /// Followed in memory by: Member[size], Channel[size * size], int64_t[2][size][size] (pieces of an all_to_all).
  static int64_t bytes(int size) {
    return static_cast<int64_t>(sizeof(ControlBlock) + sizeof(Member) * static_cast<size_t>(size) +
                                (sizeof(Channel) + 2 * sizeof(int64_t)) * static_cast<size_t>(size) *
                                    static_cast<size_t>(size));
  }
  static ControlBlock* make(std::byte* zeroed, int size) {
    auto* block = reinterpret_cast<ControlBlock*>(zeroed);
    block->size_ = size;
    return block;
  }

  int size() const { return size_; }
  Member& member(int rank) { return reinterpret_cast<Member*>(this + 1)[rank]; }
  /// Whether no member looks any more at what others showed in the group's first `rounds` operations.
  bool all_have_done(uint64_t rounds) {
    for (int rank = 0; rank < size_; ++rank)
      if (member(rank).rounds_done.load(std::memory_order_acquire) < rounds) return false;
    return true;
  }
  Channel& channel(int from, int to) { return reinterpret_cast<Channel*>(&member(size_))[from * size_ + to]; }
  /// Elements that `rank` sends to each peer in an operation of this parity.
  int64_t* pieces(int parity, int rank) {
    return reinterpret_cast<int64_t*>(&channel(size_, 0)) + (parity * size_ + rank) * size_;
  }

  std::atomic<uint32_t> arrived;
  FutexWord generation;  // counts the barriers passed

 private:
  int32_t size_;
};

}  // namespace trireme::comm
