#include "trireme/comm/hierarchical/hierarchical_backend.h"

#include <algorithm>
#include <map>

#include "trireme/comm/hierarchical/hierarchical.h"
#include "trireme/core/philox.h"

namespace trireme::comm::hierarchical {

namespace {

Work issue(Communicator& group, const Operation& o) {
  switch (o.op) {
    case Op::kAllReduce: return group.all_reduce(o.in, o.reduce);
    case Op::kAllGather: return group.all_gather(o.in, o.out);
    case Op::kReduceScatter: return group.reduce_scatter(o.in, o.out, o.reduce);
    case Op::kAllToAll: return group.all_to_all(o.in, o.in_counts, o.out, o.out_counts);
    case Op::kBroadcast: return group.broadcast(o.in, o.peer);
    case Op::kSend: return group.send(o.in, o.peer);
    case Op::kRecv: return group.recv(o.out, o.peer);
    case Op::kBarrier: return group.barrier();
  }
  return Work();
}

/// One number of every rank, by rank.
std::vector<int64_t> gather(Communicator& group, int64_t mine) {
  std::vector<int64_t> all(static_cast<size_t>(group.size()));
  group.all_gather({&mine, 1, DType::kI64, {}}, {all.data(), group.size(), DType::kI64, {}}).wait();
  return all;
}

}  // namespace

std::unique_ptr<Communicator> make_world(std::unique_ptr<Communicator> flat, const Options& options) {
  const std::vector<int64_t> keys = gather(*flat, static_cast<int64_t>(stream_key(0, options.host_key)));
  const auto mine = keys[static_cast<size_t>(flat->rank().value())];
  const auto host = std::find(keys.begin(), keys.end(), mine) - keys.begin();  // its first rank
  std::shared_ptr<Communicator> inner = flat->split(static_cast<int>(host), flat->rank().value(), "host");
  if (options.make_inner) inner = options.make_inner(*inner);
  const std::string name = flat->name();
  auto backend = std::make_unique<HierarchicalBackend>(std::move(flat), std::move(inner), name);
  return std::make_unique<QueuedCommunicator>(std::move(backend), name);
}

HierarchicalBackend::HierarchicalBackend(std::shared_ptr<Communicator> flat, std::shared_ptr<Communicator> inner,
                                         std::string name)
    : flat_(std::move(flat)), inner_(std::move(inner)), name_(std::move(name)) {
  int64_t first_on_host = flat_->rank().value();
  inner_->broadcast({&first_on_host, 1, DType::kI64, {}}, Rank(0)).wait();
  const std::vector<int64_t> hosts = gather(*flat_, first_on_host), locals = gather(*flat_, inner_->rank().value());
  std::map<int64_t, std::map<int64_t, int>> layout;  // host -> local rank -> rank
  for (size_t rank = 0; rank < hosts.size(); ++rank) layout[hosts[rank]][locals[rank]] = static_cast<int>(rank);
  locals_ = inner_->size();
  hosts_ = static_cast<int>(layout.size());
  even_ = std::all_of(layout.begin(), layout.end(),
                      [&](const auto& host) { return static_cast<int>(host.second.size()) * hosts_ == flat_->size(); });
  for (const auto& [host, members] : layout) {
    for (const auto& [local, rank] : members) ranks_.push_back(rank);
  }
  const auto host_index = std::distance(layout.begin(), layout.find(first_on_host));
  outer_ = flat_->split(even_ ? inner_->rank().value() : 0, static_cast<int>(host_index), name_ + " hosts");
}

std::unique_ptr<BlockingBackend> HierarchicalBackend::split(int color, int key, const std::string& name) {
  std::shared_ptr<Communicator> flat = flat_->split(color, key, name);
  std::shared_ptr<Communicator> inner = inner_->split(color, flat->rank().value(), name + " host");
  return std::make_unique<HierarchicalBackend>(std::move(flat), std::move(inner), name);
}

void HierarchicalBackend::run(const Operation& operation) {
  try {
    dispatch(operation);
  } catch (const CommError& problem) {
    abort(problem.what());  // the others may wait in another of the three groups
    throw;
  }
}

void HierarchicalBackend::dispatch(const Operation& operation) {
  if (!operation.moves_data) {
    Operation met = operation;
    return flat_->match(met).wait();
  }
  const bool pairwise = operation.op == Op::kSend || operation.op == Op::kRecv || operation.op == Op::kAllToAll;
  if (hosts_ == 1 && !pairwise) return issue(*inner_, operation).wait();
  if (pairwise || !even_ || locals_ == 1 || operation.op == Op::kBarrier) return issue(*flat_, operation).wait();
  switch (operation.op) {
    case Op::kAllReduce: return all_reduce(operation);
    case Op::kReduceScatter: return reduce_scatter(operation);
    case Op::kAllGather: return all_gather(operation);
    default: return broadcast(operation);
  }
}

void HierarchicalBackend::abort(const std::string& cause) noexcept {
  flat_->abort(cause);
  inner_->abort(cause);
}

std::string HierarchicalBackend::abort_cause() const {
  const std::string cause = flat_->abort_cause();
  return cause.empty() ? inner_->abort_cause() : cause;
}

CommError HierarchicalBackend::late(const Operation& operation) noexcept {
  const std::string cause = describe(operation, name_) + " was not done before its caller's deadline";
  abort(cause);
  return CommError(cause);
}

Buffer HierarchicalBackend::scratch(int64_t count, DType dtype) {
  const int64_t bytes = count * size_of(dtype);
  if (!scratch_ || static_cast<int64_t>(scratch_->bytes().size()) < bytes) {
    scratch_.reset();
    scratch_ = inner_->allocate(Bytes(bytes));
  }
  return {scratch_->bytes().data(), count, dtype, {}};
}

}  // namespace trireme::comm::hierarchical
