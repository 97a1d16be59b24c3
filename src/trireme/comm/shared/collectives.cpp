#include <algorithm>
#include <cstring>
#include <numeric>

#include "trireme/comm/reduce.h"
#include "trireme/comm/shared/round.h"
#include "trireme/comm/shared/shared_backend.h"
#include "trireme/comm/shared/wait.h"
#include "trireme/core/check.h"

// Every collective has the same shape: put this rank's first chunk where peers see it; barrier; read peers' chunks
// while the next one goes into the other half of the staging area; barrier; and so on. The first barrier also compares
// what the ranks called. Where nothing is staged there is one chunk: everything; but what is read through the kernel to
// be summed goes chunk by chunk, for the cache's sake.
//
// The last barrier keeps an owner from its data until peers have read it. A single chunk that all have staged needs
// none: operations begin in either half of the area in turns, and by the time this half's turn comes, all have met
// again.

namespace trireme::comm {

namespace {

void copy_bytes(void* to, const void* from, int64_t bytes) {
  if (bytes > 0 && to != from) std::memcpy(to, from, static_cast<size_t>(bytes));
}

std::byte* at(const Buffer& buffer, int64_t element) {
  return static_cast<std::byte*>(buffer.data) + element * size_of(buffer.dtype);
}

/// First element of `rank`'s share of n elements; shares start on cache lines.
int64_t share_begin(int64_t n, int rank, int size, int64_t width) {
  const int64_t share = round_up(ceil_div(n, size), 64 / width);
  return std::min(n, share * rank);
}

/// Elements [first, first + count) of an operation, cut into steps; none are left where count is 0.
struct Chunk {
  int64_t first, count, step;
  int64_t staging;  // where it lies in a staging area, in bytes: in turns in either half

  Chunk next(int64_t total) const {
    const int64_t begin = first + count;
    return {begin, std::min(step, total - begin), step, kChunkBytes - staging};
  }
};

Chunk first_chunk(const Round& round, int64_t total, int64_t step) {
  return {0, std::min(step, total), step, round.parity * kChunkBytes};
}

}  // namespace

template <class Stage, class Move, class Unstage>
void SharedBackend::for_chunks(Round& round, int64_t count, int64_t step, Stage stage, Move move, Unstage unstage) {
  const bool staged = round.mine.access == Access::kStaged;
  const bool peers_write = round.operation.op == Op::kAllReduce;
  const bool peers_may_lag = count <= step && !round.any_in_view && !round.any_read && !peers_write;
  const bool sums_what_it_reads = round.any_read && round.operation.op == Op::kReduceScatter;
  Chunk chunk = first_chunk(round, count, round.any_staged || sums_what_it_reads ? step : count);
  while (chunk.count > 0) {
    move(chunk);
    const Chunk next = chunk.next(count);
    if (staged && next.count > 0) stage(next);
    if (next.count == 0 ? !peers_may_lag : round.any_staged) barrier(round);
    if (staged) unstage(chunk);
    chunk = next;
  }
}

void SharedBackend::all_reduce(Round& round) {
  const Buffer& data = round.operation.in;
  const int64_t width = size_of(data.dtype), step = kChunkBytes / width;
  // This rank sums its share of a chunk from where its data lies to where its result belongs: only the shares of others
  // pass through its staging area.
  const auto share = [&](const Chunk& chunk) {
    return std::pair(share_begin(chunk.count, rank_, size_, width), share_begin(chunk.count, rank_ + 1, size_, width));
  };
  const auto stage = [&](const Chunk& chunk) {
    const auto [begin, end] = share(chunk);
    std::byte* staged = staging_ + chunk.staging;
    copy_bytes(staged, at(data, chunk.first), begin * width);
    copy_bytes(staged + end * width, at(data, chunk.first + end), (chunk.count - end) * width);
  };
  const auto move = [&](const Chunk& chunk) {
    const auto [begin, end] = share(chunk);
    std::vector<void*> places;
    for (int peer = 0; peer < size_; ++peer) {
      places.push_back(peer == rank_ ? at(data, chunk.first + begin)
                                     : place_of({peer, round.of(peer), (chunk.first + begin) * width,
                                                 chunk.staging + begin * width, (end - begin) * width}));
    }
    reduce(std::vector<const void*>(places.begin(), places.end()), places, end - begin, data.dtype,
           round.operation.reduce);
  };
  const auto unstage = [&](const Chunk& chunk) {
    const auto [begin, end] = share(chunk);
    const std::byte* staged = staging_ + chunk.staging;
    copy_bytes(at(data, chunk.first), staged, begin * width);
    copy_bytes(at(data, chunk.first + end), staged + end * width, (chunk.count - end) * width);
  };
  if (round.mine.access == Access::kStaged) stage(first_chunk(round, data.count, step));
  meet(round);
  for_chunks(round, data.count, step, stage, move, unstage);
}

void SharedBackend::reduce_scatter(Round& round) {
  const Buffer &in = round.operation.in, &out = round.operation.out;
  const int64_t width = size_of(in.dtype), step = kChunkBytes / width / size_;
  const auto stage = [&](const Chunk& chunk) {
    for (int peer = 0; peer < size_; ++peer) {
      if (peer == rank_) continue;  // read where it lies
      copy_bytes(staging_ + chunk.staging + peer * step * width, at(in, peer * out.count + chunk.first),
                 chunk.count * width);
    }
  };
  const auto move = [&](const Chunk& chunk) {
    std::vector<const void*> sources;
    const int64_t first = rank_ * out.count + chunk.first, staged = chunk.staging + rank_ * step * width;
    for (int peer = 0; peer < size_; ++peer) {
      sources.push_back(peer == rank_ ? at(in, first)
                                      : source_of({peer, round.of(peer), first * width, staged, chunk.count * width}));
    }
    void* destination = at(out, chunk.first);
    reduce(sources, {&destination, 1}, chunk.count, in.dtype, round.operation.reduce);
  };
  if (round.mine.access == Access::kStaged) stage(first_chunk(round, out.count, step));
  meet(round);
  for_chunks(round, out.count, step, stage, move, [](const Chunk&) {});
}

void SharedBackend::all_gather(Round& round) {
  const Buffer &in = round.operation.in, &out = round.operation.out;
  const int64_t width = size_of(in.dtype), step = kChunkBytes / width;
  const auto stage = [&](const Chunk& chunk) {
    copy_bytes(staging_ + chunk.staging, at(in, chunk.first), chunk.count * width);
  };
  const auto move = [&](const Chunk& chunk) {
    copy_bytes(at(out, rank_ * in.count + chunk.first), at(in, chunk.first), chunk.count * width);
    for (int turn = 1; turn < size_; ++turn) {  // each rank starts at another peer
      const int peer = (rank_ + turn) % size_;
      fetch({peer, round.of(peer), chunk.first * width, chunk.staging, chunk.count * width},
            at(out, peer * in.count + chunk.first));
    }
  };
  if (round.mine.access == Access::kStaged) stage(first_chunk(round, in.count, step));
  meet(round);
  for_chunks(round, in.count, step, stage, move, [](const Chunk&) {});
}

void SharedBackend::broadcast(Round& round) {
  const Buffer& data = round.operation.in;
  const int64_t width = size_of(data.dtype), step = kChunkBytes / width;
  const int root = round.operation.peer.value();
  const auto stage = [&](const Chunk& chunk) {
    copy_bytes(staging_ + chunk.staging, at(data, chunk.first), chunk.count * width);
  };
  const auto move = [&](const Chunk& chunk) {
    if (rank_ == root) return;
    fetch({root, round.of(root), chunk.first * width, chunk.staging, chunk.count * width}, at(data, chunk.first));
  };
  if (round.mine.access == Access::kStaged) stage(first_chunk(round, data.count, step));
  meet(round);
  for_chunks(round, data.count, step, stage, move, [](const Chunk&) {});
}

void SharedBackend::all_to_all(Round& round) {
  const Operation& operation = round.operation;
  const int64_t width = size_of(operation.in.dtype), step = kChunkBytes / width / size_;
  const auto pieces = [&](int peer) { return control_->pieces(round.parity, peer); };
  std::copy(operation.in_counts.begin(), operation.in_counts.end(), pieces(rank_));
  const auto stage = [&](const Chunk& chunk) {
    int64_t begin = 0;
    for (int peer = 0; peer < size_; ++peer) {
      const int64_t count = pieces(rank_)[peer];
      copy_bytes(staging_ + chunk.staging + peer * step * width, at(operation.in, begin + chunk.first),
                 std::clamp<int64_t>(count - chunk.first, 0, step) * width);
      begin += count;
    }
  };
  if (round.mine.access == Access::kStaged) stage(first_chunk(round, step, step));
  meet(round);

  int64_t longest = 0;
  for (int peer = 0; peer < size_; ++peer) {
    longest = std::max(longest, *std::max_element(pieces(peer), pieces(peer) + size_));
    const int64_t expected = operation.out_counts[static_cast<size_t>(peer)];
    if (pieces(peer)[rank_] == expected) continue;
    throw CommError(format("all_to_all #{} of {}: rank {} sends {} elements to rank {}, which expects {}",
                           operation.sequence, name_, control_->member(peer).world_rank, pieces(peer)[rank_],
                           context_->world_rank, expected));
  }
  const auto move = [&](const Chunk& chunk) {
    int64_t to = 0;
    for (int peer = 0; peer < size_; ++peer) {
      const int64_t count = pieces(peer)[rank_];
      const int64_t from = std::accumulate(pieces(peer), pieces(peer) + rank_, int64_t{0});
      fetch({peer, round.of(peer), (from + chunk.first) * width, chunk.staging + rank_ * step * width,
             std::clamp<int64_t>(count - chunk.first, 0, chunk.count) * width},
            at(operation.out, to + chunk.first));
      to += count;
    }
  };
  for_chunks(round, longest, step, stage, move, [](const Chunk&) {});
}

void SharedBackend::send(const Operation& operation) {
  Channel& channel = control_->channel(rank_, operation.peer.value());
  Deadline deadline = Deadline::after(context_->timeout);
  const int64_t width = size_of(operation.in.dtype);
  channel.posting = posting_of(operation, send_staging_);
  const bool staged = channel.posting.access == Access::kStaged;
  const int64_t step = staged ? kStagingBytes / width : std::max<int64_t>(operation.in.count, 1);
  int64_t first = 0;
  do {
    if (staged) {
      copy_bytes(send_staging_, at(operation.in, first), std::min(step, operation.in.count - first) * width);
    }
    publish(channel.word, 1);
    wait(channel.word, 1, operation, deadline);
    first += step;
  } while (first < operation.in.count);
}

void SharedBackend::recv(const Operation& operation) {
  Channel& channel = control_->channel(operation.peer.value(), rank_);
  Deadline deadline = Deadline::after(context_->timeout);
  const Buffer& out = operation.out;
  const int64_t width = size_of(out.dtype);
  int64_t first = 0;
  do {
    wait(channel.word, 0, operation, deadline);
    const Posting& sent = channel.posting;
    const std::string wrong = describe_wrong_message(name_, control_->member(operation.peer.value()).world_rank,
                                                     sent.header, context_->world_rank.value(), operation);
    if (!wrong.empty()) throw CommError(wrong);
    const int64_t step = sent.access == Access::kStaged ? kStagingBytes / width : std::max<int64_t>(out.count, 1);
    if (operation.moves_data) {
      fetch({operation.peer.value(), sent, first * width, 0, std::min(step, out.count - first) * width},
            at(out, first));
    }
    publish(channel.word, 0);
    first += step;
  } while (first < out.count);
}

}  // namespace trireme::comm
