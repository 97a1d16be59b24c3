#include <algorithm>
#include <cstring>
#include <numeric>

#include "trireme/comm/reduce.h"
#include "trireme/comm/shared/round.h"
#include "trireme/comm/shared/shared_backend.h"
#include "trireme/comm/shared/wait.h"
#include "trireme/core/check.h"

// Every collective has the same shape: put this rank's chunk where peers see it; barrier; read peers' chunks; barrier.
// The first barrier also compares what the ranks called. When all data is seen in place there is one chunk: everything.

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

}  // namespace

template <class Stage, class Move, class Unstage>
void SharedBackend::for_chunks(Round& round, int64_t count, int64_t chunk, Stage stage, Move move, Unstage unstage) {
  const bool staged = round.mine.in_offset == SharedSpace::kPrivate;
  const int64_t step = round.any_staged ? chunk : std::max<int64_t>(count, 1);
  for (int64_t first = 0; first < count; first += step) {
    const int64_t n = std::min(step, count - first);
    if (first > 0) {
      if (staged) stage(first, n);
      barrier(round);
    }
    move(first, n);
    barrier(round);
    if (staged) unstage(first, n);
  }
}

void SharedBackend::all_reduce(Round& round) {
  const Buffer& data = round.operation.in;
  const int64_t width = size_of(data.dtype), chunk = kStagingBytes / width;
  const auto stage = [&](int64_t first, int64_t n) {
    copy_bytes(staging_->bytes().data(), at(data, first), n * width);
  };
  const auto move = [&](int64_t first, int64_t n) {
    const int64_t begin = share_begin(n, rank_, size_, width), end = share_begin(n, rank_ + 1, size_, width);
    std::vector<void*> places;
    for (const Posting& posting : round.postings)
      places.push_back(chunk_of(posting, (first + begin) * width, begin * width));
    reduce(std::vector<const void*>(places.begin(), places.end()), places, end - begin, data.dtype,
           round.operation.reduce);
  };
  const auto unstage = [&](int64_t first, int64_t n) {
    copy_bytes(at(data, first), staging_->bytes().data(), n * width);
  };
  if (round.mine.in_offset == SharedSpace::kPrivate) stage(0, std::min(chunk, data.count));
  meet(round);
  for_chunks(round, data.count, chunk, stage, move, unstage);
}

void SharedBackend::reduce_scatter(Round& round) {
  const Buffer &in = round.operation.in, &out = round.operation.out;
  const int64_t width = size_of(in.dtype), chunk = kStagingBytes / width / size_;
  const auto stage = [&](int64_t first, int64_t n) {
    for (int peer = 0; peer < size_; ++peer) {
      copy_bytes(staging_->bytes().data() + peer * chunk * width, at(in, peer * out.count + first), n * width);
    }
  };
  const auto move = [&](int64_t first, int64_t n) {
    std::vector<const void*> sources;
    for (const Posting& posting : round.postings) {
      sources.push_back(chunk_of(posting, (rank_ * out.count + first) * width, rank_ * chunk * width));
    }
    void* destination = at(out, first);
    reduce(sources, {&destination, 1}, n, in.dtype, round.operation.reduce);
  };
  if (round.mine.in_offset == SharedSpace::kPrivate) stage(0, std::min(chunk, out.count));
  meet(round);
  for_chunks(round, out.count, chunk, stage, move, [](int64_t, int64_t) {});
}

void SharedBackend::all_gather(Round& round) {
  const Buffer &in = round.operation.in, &out = round.operation.out;
  const int64_t width = size_of(in.dtype), chunk = kStagingBytes / width;
  const auto stage = [&](int64_t first, int64_t n) { copy_bytes(staging_->bytes().data(), at(in, first), n * width); };
  const auto move = [&](int64_t first, int64_t n) {
    copy_bytes(at(out, rank_ * in.count + first), at(in, first), n * width);
    for (int step = 1; step < size_; ++step) {  // each rank starts at another peer
      const int peer = (rank_ + step) % size_;
      copy_bytes(at(out, peer * in.count + first),
                 chunk_of(round.postings[static_cast<size_t>(peer)], first * width, 0), n * width);
    }
  };
  if (round.mine.in_offset == SharedSpace::kPrivate) stage(0, std::min(chunk, in.count));
  meet(round);
  for_chunks(round, in.count, chunk, stage, move, [](int64_t, int64_t) {});
}

void SharedBackend::broadcast(Round& round) {
  const Buffer& data = round.operation.in;
  const int64_t width = size_of(data.dtype), chunk = kStagingBytes / width;
  const int root = round.operation.peer.value();
  const auto stage = [&](int64_t first, int64_t n) {
    copy_bytes(staging_->bytes().data(), at(data, first), n * width);
  };
  const auto move = [&](int64_t first, int64_t n) {
    if (rank_ == root) return;
    copy_bytes(at(data, first), chunk_of(round.postings[static_cast<size_t>(root)], first * width, 0), n * width);
  };
  if (round.mine.in_offset == SharedSpace::kPrivate) stage(0, std::min(chunk, data.count));
  meet(round);
  for_chunks(round, data.count, chunk, stage, move, [](int64_t, int64_t) {});
}

void SharedBackend::all_to_all(Round& round) {
  const Operation& operation = round.operation;
  const int64_t width = size_of(operation.in.dtype), chunk = kStagingBytes / width / size_;
  const auto pieces = [&](int peer) { return control_->pieces(round.parity, peer); };
  std::copy(operation.in_counts.begin(), operation.in_counts.end(), pieces(rank_));
  const auto stage = [&](int64_t first, int64_t) {
    int64_t begin = 0;
    for (int peer = 0; peer < size_; ++peer) {
      const int64_t count = pieces(rank_)[peer];
      copy_bytes(staging_->bytes().data() + peer * chunk * width, at(operation.in, begin + first),
                 std::clamp<int64_t>(count - first, 0, chunk) * width);
      begin += count;
    }
  };
  if (round.mine.in_offset == SharedSpace::kPrivate) stage(0, chunk);
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
  const auto move = [&](int64_t first, int64_t n) {
    int64_t to = 0;
    for (int peer = 0; peer < size_; ++peer) {
      const int64_t count = pieces(peer)[rank_];
      const int64_t from = std::accumulate(pieces(peer), pieces(peer) + rank_, int64_t{0});
      copy_bytes(at(operation.out, to + first),
                 chunk_of(round.postings[static_cast<size_t>(peer)], (from + first) * width, rank_ * chunk * width),
                 std::clamp<int64_t>(count - first, 0, n) * width);
      to += count;
    }
  };
  for_chunks(round, longest, chunk, stage, move, [](int64_t, int64_t) {});
}

void SharedBackend::send(const Operation& operation) {
  Channel& channel = control_->channel(rank_, operation.peer.value());
  const Deadline deadline = Deadline::after(context_->timeout);
  const int64_t width = size_of(operation.in.dtype);
  channel.posting = posting_of(operation, send_staging_);
  const bool staged = channel.posting.in_offset == SharedSpace::kPrivate;
  const int64_t step = staged ? kStagingBytes / width : std::max<int64_t>(operation.in.count, 1);
  int64_t first = 0;
  do {
    if (staged) {
      copy_bytes(send_staging_->bytes().data(), at(operation.in, first),
                 std::min(step, operation.in.count - first) * width);
    }
    publish(channel.word, 1);
    wait(channel.word, 1, operation, deadline);
    first += step;
  } while (first < operation.in.count);
}

void SharedBackend::recv(const Operation& operation) {
  Channel& channel = control_->channel(operation.peer.value(), rank_);
  const Deadline deadline = Deadline::after(context_->timeout);
  const Buffer& out = operation.out;
  const int64_t width = size_of(out.dtype);
  int64_t first = 0;
  do {
    wait(channel.word, 0, operation, deadline);
    const Posting& sent = channel.posting;
    const std::string wrong = describe_wrong_message(name_, control_->member(operation.peer.value()).world_rank,
                                                     sent.header, context_->world_rank.value(), operation);
    if (!wrong.empty()) throw CommError(wrong);
    const int64_t step =
        sent.in_offset == SharedSpace::kPrivate ? kStagingBytes / width : std::max<int64_t>(out.count, 1);
    if (operation.moves_data)
      copy_bytes(at(out, first), chunk_of(sent, first * width, 0), std::min(step, out.count - first) * width);
    publish(channel.word, 0);
    first += step;
  } while (first < out.count);
}

}  // namespace trireme::comm
