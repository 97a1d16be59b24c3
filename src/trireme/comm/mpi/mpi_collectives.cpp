#include <algorithm>
#include <cstring>
#include <numeric>

#include "trireme/comm/mpi/exchange.h"
#include "trireme/comm/mpi/mpi_backend.h"
#include "trireme/comm/reduce.h"

namespace trireme::comm::mpi {

namespace {

constexpr int64_t kChunkBytes = int64_t{8} << 20;  // of a reduction: bounds its scratch memory

std::byte* at(const Buffer& buffer, int64_t element) {
  return static_cast<std::byte*>(buffer.data) + element * size_of(buffer.dtype);
}

}  // namespace

void MpiBackend::all_reduce(const Operation& operation, Exchange& exchange) {
  const Buffer& data = operation.in;
  const int64_t width = size_of(data.dtype), chunk = kChunkBytes / width;
  for (int64_t first = 0; first < data.count; first += chunk) {
    const int64_t n = std::min(chunk, data.count - first), share = ceil_div(n, size_);
    const auto begin = [&](int rank) { return std::min(n, share * rank); };
    const auto length = [&](int rank) { return begin(rank + 1) - begin(rank); };
    std::byte* inbox = scratch(share * size_ * width);
    std::vector<const void*> sources;
    for (int peer = 0; peer < size_; ++peer) {
      std::byte* slot = peer == rank_ ? at(data, first + begin(rank_)) : inbox + peer * share * width;
      sources.push_back(slot);
      if (peer == rank_) continue;
      exchange.recv(slot, length(rank_) * width, peer);
      exchange.send(at(data, first + begin(peer)), length(peer) * width, peer);
    }
    exchange.finish();
    void* mine = at(data, first + begin(rank_));
    reduce(sources, {&mine, 1}, length(rank_), data.dtype, operation.reduce);
    for (int peer = 0; peer < size_; ++peer) {
      if (peer == rank_) continue;
      exchange.recv(at(data, first + begin(peer)), length(peer) * width, peer);
      exchange.send(mine, length(rank_) * width, peer);
    }
    exchange.finish();
  }
}

void MpiBackend::reduce_scatter(const Operation& operation, Exchange& exchange) {
  const Buffer &in = operation.in, &out = operation.out;
  const int64_t width = size_of(in.dtype), chunk = std::max<int64_t>(1, kChunkBytes / width / size_);
  for (int64_t first = 0; first < out.count; first += chunk) {
    const int64_t n = std::min(chunk, out.count - first);
    std::byte* inbox = scratch(n * size_ * width);
    std::vector<const void*> sources;
    for (int peer = 0; peer < size_; ++peer) {
      std::byte* slot = peer == rank_ ? at(in, rank_ * out.count + first) : inbox + peer * n * width;
      sources.push_back(slot);
      if (peer == rank_) continue;
      exchange.recv(slot, n * width, peer);
      exchange.send(at(in, peer * out.count + first), n * width, peer);
    }
    exchange.finish();
    void* mine = at(out, first);
    reduce(sources, {&mine, 1}, n, in.dtype, operation.reduce);
  }
}

void MpiBackend::all_gather(const Operation& operation, Exchange& exchange) {
  const Buffer &in = operation.in, &out = operation.out;
  for (int step = 1; step < size_; ++step) {
    const int to = (rank_ + step) % size_, from = (rank_ + size_ - step) % size_;
    exchange.recv(at(out, from * in.count), in.bytes(), from);
    exchange.send(in.data, in.bytes(), to);
  }
  std::byte* own = at(out, rank_ * in.count);
  if (own != in.data && in.count > 0) std::memcpy(own, in.data, static_cast<size_t>(in.bytes()));
  exchange.finish();
}

void MpiBackend::match_pieces(const Operation& operation, Exchange& exchange) {
  const auto size = static_cast<size_t>(size_);
  int64_t* mine = exchange.own<int64_t>(2 * size);
  std::copy(operation.in_counts.begin(), operation.in_counts.end(), mine);
  std::copy(operation.out_counts.begin(), operation.out_counts.end(), mine + size);
  int64_t* all = exchange.own<int64_t>(2 * size * size);
  MPI_Request request;
  check_mpi(MPI_Iallgather(mine, 2 * size_, MPI_INT64_T, all, 2 * size_, MPI_INT64_T, exchange.comm(), &request),
            "MPI_Iallgather");
  exchange.add(request, all);
  exchange.finish();
  for (size_t from = 0; from < size; ++from) {
    for (size_t to = 0; to < size; ++to) {
      const int64_t sent = all[2 * size * from + to], expected = all[2 * size * to + size + from];
      if (sent == expected) continue;
      throw CommError(describe_wrong_piece(operation, name_, world_ranks_[from], sent, world_ranks_[to], expected));
    }
  }
}

void MpiBackend::all_to_all(const Operation& operation, Exchange& exchange) {
  match_pieces(operation, exchange);
  const int64_t width = size_of(operation.in.dtype);
  int64_t from = 0, to = 0;
  for (int peer = 0; peer < size_; ++peer) {
    const int64_t sent = operation.in_counts[static_cast<size_t>(peer)];
    const int64_t received = operation.out_counts[static_cast<size_t>(peer)];
    if (peer != rank_) {
      exchange.recv(at(operation.out, to), received * width, peer);
      exchange.send(at(operation.in, from), sent * width, peer);
    } else if (sent > 0) {
      std::memcpy(at(operation.out, to), at(operation.in, from), static_cast<size_t>(sent * width));
    }
    from += sent;
    to += received;
  }
  exchange.finish();
}

void MpiBackend::broadcast(const Operation& operation, Exchange& exchange) {
  for (int64_t first = 0; first < operation.in.bytes(); first += Exchange::kPiece) {
    MPI_Request request;
    check_mpi(MPI_Ibcast(static_cast<std::byte*>(operation.in.data) + first,
                         static_cast<int>(std::min(Exchange::kPiece, operation.in.bytes() - first)), MPI_BYTE,
                         operation.peer.value(), exchange.comm(), &request),
              "MPI_Ibcast");
    exchange.add(request, operation.in.data);
  }
  exchange.finish();
}

// The receiver says when it is ready for the data, so that a send without its receive leaves nothing in MPI's hands but
// a header.
void MpiBackend::send(const Operation& operation, Exchange& exchange) {
  const int peer = operation.peer.value();
  const bool has_data = operation.moves_data && operation.in.count > 0;
  Header* header = exchange.own<Header>();
  *header = header_of(operation);
  exchange.send(header, sizeof *header, peer);
  if (has_data) exchange.recv(exchange.own<std::byte>(), 1, peer, Exchange::kReady);
  exchange.finish(Exchange::Messages::kHeaders);
  if (has_data) exchange.send(operation.in.data, operation.in.bytes(), peer);
  exchange.finish();
}

void MpiBackend::recv(const Operation& operation, Exchange& exchange) {
  const int peer = operation.peer.value();
  Header* sent = exchange.own<Header>();
  exchange.recv(sent, sizeof *sent, peer);
  exchange.finish(Exchange::Messages::kHeaders);
  const std::string wrong =
      describe_wrong_message(name_, world_ranks_[static_cast<size_t>(peer)], *sent, session_->rank(), operation);
  if (!wrong.empty()) throw CommError(wrong);
  if (!operation.moves_data || operation.out.count == 0) return;
  exchange.recv(operation.out.data, operation.out.bytes(), peer);
  exchange.send(exchange.own<std::byte>(), 1, peer, Exchange::kReady);
  exchange.finish();
}

}  // namespace trireme::comm::mpi
