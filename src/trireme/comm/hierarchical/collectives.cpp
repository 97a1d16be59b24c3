#include <algorithm>
#include <cstring>

#include "trireme/comm/hierarchical/hierarchical_backend.h"
#include "trireme/comm/reduce.h"

namespace trireme::comm::hierarchical {

namespace {

constexpr int64_t kChunk = int64_t{4} << 20;  // elements moved at a time: bounds the scratch memory

/// Averages are sums until the end; 16-bit floats are summed as fp32.
ReduceOp without_average(ReduceOp op) { return op == ReduceOp::kAvg ? ReduceOp::kSum : op; }
DType sum_type(DType dtype) { return dtype == DType::kF16 || dtype == DType::kBF16 ? DType::kF32 : dtype; }

void copy(const Buffer& from, const Buffer& to) {
  if (from.count > 0 && from.data != to.data) std::memcpy(to.data, from.data, static_cast<size_t>(from.bytes()));
}

}  // namespace

void HierarchicalBackend::all_reduce(const Operation& operation) {
  const ReduceOp op = without_average(operation.reduce);
  for (int64_t first = 0; first < operation.in.count; first += kChunk) {
    const Buffer data = operation.in.slice(first, std::min(kChunk, operation.in.count - first));
    const int64_t share = ceil_div(data.count, locals_);
    const Buffer wide = scratch(share * locals_, sum_type(data.dtype));
    std::memset(wide.data, 0, static_cast<size_t>(wide.bytes()));  // also the padding behind the data
    convert(data, wide.slice(0, data.count));
    const Buffer mine = wide.slice(inner_->rank().value() * share, share);
    inner_->reduce_scatter(wide, mine, op).wait();
    outer_->all_reduce(mine, op).wait();
    if (operation.reduce == ReduceOp::kAvg) divide(mine, size());
    inner_->all_gather(mine, wide).wait();
    convert(wide.slice(0, data.count), data);
  }
}

void HierarchicalBackend::reduce_scatter(const Operation& operation) {
  const Buffer &in = operation.in, &out = operation.out;
  const ReduceOp op = without_average(operation.reduce);
  const int64_t chunk = std::max<int64_t>(1, kChunk / size());
  for (int64_t first = 0; first < out.count; first += chunk) {
    const int64_t n = std::min(chunk, out.count - first);
    const Buffer wide = scratch(n * size(), sum_type(in.dtype));
    // Ordered by local rank, then host: what the first step leaves a rank is one piece for each host.
    for (int local = 0; local < locals_; ++local) {
      for (int host = 0; host < hosts_; ++host) {
        convert(in.slice(rank_at(host, local) * out.count + first, n), wide.slice((local * hosts_ + host) * n, n));
      }
    }
    const Buffer pieces = wide.slice(inner_->rank().value() * hosts_ * n, hosts_ * n);
    inner_->reduce_scatter(wide, pieces, op).wait();
    const Buffer mine = pieces.slice(outer_->rank().value() * n, n);
    outer_->reduce_scatter(pieces, mine, op).wait();
    if (operation.reduce == ReduceOp::kAvg) divide(mine, size());
    convert(mine, out.slice(first, n));
  }
}

void HierarchicalBackend::all_gather(const Operation& operation) {
  const Buffer &in = operation.in, &out = operation.out;
  const int64_t chunk = std::max<int64_t>(1, kChunk / size());
  for (int64_t first = 0; first < in.count; first += chunk) {
    const int64_t n = std::min(chunk, in.count - first);
    const Buffer all = scratch(n * size(), in.dtype);
    const Buffer mine = all.slice(inner_->rank().value() * hosts_ * n, hosts_ * n);
    const Buffer own = mine.slice(outer_->rank().value() * n, n);
    copy(in.slice(first, n), own);
    outer_->all_gather(own, mine).wait();
    inner_->all_gather(mine, all).wait();
    for (int local = 0; local < locals_; ++local) {
      for (int host = 0; host < hosts_; ++host) {
        copy(all.slice((local * hosts_ + host) * n, n), out.slice(rank_at(host, local) * in.count + first, n));
      }
    }
  }
}

void HierarchicalBackend::broadcast(const Operation& operation) {
  const auto root = std::find(ranks_.begin(), ranks_.end(), operation.peer.value()) - ranks_.begin();
  const int host = static_cast<int>(root) / locals_, local = static_cast<int>(root) % locals_;
  if (inner_->rank().value() == local) outer_->broadcast(operation.in, Rank(host)).wait();
  inner_->broadcast(operation.in, Rank(local)).wait();
}

}  // namespace trireme::comm::hierarchical
