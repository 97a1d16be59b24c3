#pragma once

#include <atomic>
#include <cstdint>

#include "trireme/comm/header.h"

namespace trireme::comm {

/// A word that ranks sleep on. `sleepers` spares the wake-up call when nobody sleeps.
struct alignas(64) FutexWord {
  std::atomic<uint32_t> value;
  std::atomic<uint32_t> sleepers;
};

/// What a rank says of the operation it is in. Peers compare it with theirs and find the data by its offsets.
struct Posting {
  Header header;
  int64_t in_offset;  // SharedSpace::kPrivate: the data passes through the staging area, chunk by chunk
  int64_t staging_offset;
};

struct alignas(64) Member {
  int32_t world_rank;
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
