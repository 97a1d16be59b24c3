#include "trireme/comm/queued_communicator.h"

#include <cstring>

#include "trireme/comm/arguments.h"
#include "trireme/comm/reduce.h"
#include "trireme/core/check.h"

namespace trireme::comm {

namespace {

/// The operation in a group of one: input and output hold the same.
void run_alone(const Operation& operation) {
  const bool has_output =
      operation.op == Op::kAllGather || operation.op == Op::kReduceScatter || operation.op == Op::kAllToAll;
  if (has_output && operation.out.data != operation.in.data && operation.in.count > 0) {
    TRIREME_CHECK(operation.in.device.kind == DeviceKind::kCpu && operation.out.device.kind == DeviceKind::kCpu,
                  "{} in a group of one can't copy memory of {}", name_of(operation.op),
                  to_string(operation.in.device));
    std::memcpy(operation.out.data, operation.in.data, static_cast<size_t>(operation.in.bytes()));
  }
}

}  // namespace

QueuedCommunicator::Members::Members(std::unique_ptr<BlockingBackend> of_group, std::string named)
    : backend(std::move(of_group)),
      name(std::move(named)),
      size(backend->size()),
      sends_issued(static_cast<size_t>(size)),
      receives_issued(static_cast<size_t>(size)),
      collectives(std::make_shared<Queue>()),
      sends(std::make_shared<Queue>()),
      receives(std::make_shared<Queue>()) {}

QueuedCommunicator::Members::~Members() {
  // A Work may outlive its communicator, and holds its queue: end the queues here, while the back-end still stands.
  sends->close();
  receives->close();
  collectives->close();
}

QueuedCommunicator::QueuedCommunicator(std::unique_ptr<BlockingBackend> backend, std::string name,
                                       const Decorate& decorate)
    : members_(
          std::make_shared<Members>(decorate ? decorate(std::move(backend)) : std::move(backend), std::move(name))),
      on_current_stream_(new QueuedCommunicator(members_)) {}

Work QueuedCommunicator::all_reduce(Buffer in_out, ReduceOp op) {
  TRIREME_CHECK(can_reduce(in_out.dtype), "all_reduce of {}: {} can't be reduced", name(), name_of(in_out.dtype));
  return collective({.op = Op::kAllReduce, .reduce = op, .in = in_out, .out = in_out});
}

Work QueuedCommunicator::all_gather(Buffer in, Buffer out) {
  check_all_gather(name(), size(), in, out);
  return collective({.op = Op::kAllGather, .in = in, .out = out});
}

Work QueuedCommunicator::reduce_scatter(Buffer in, Buffer out, ReduceOp op) {
  check_reduce_scatter(name(), size(), in, out);
  TRIREME_CHECK(can_reduce(in.dtype), "reduce_scatter of {}: {} can't be reduced", name(), name_of(in.dtype));
  return collective({.op = Op::kReduceScatter, .reduce = op, .in = in, .out = out});
}

Work QueuedCommunicator::all_to_all(Buffer in, Buffer out) {
  check_all_to_all(name(), size(), in, out);
  const std::vector<int64_t> counts(static_cast<size_t>(size()), in.count / size());
  return all_to_all(in, counts, out, counts);
}

Work QueuedCommunicator::all_to_all(Buffer in, std::span<const int64_t> in_counts, Buffer out,
                                    std::span<const int64_t> out_counts) {
  check_all_to_all(name(), size(), in, in_counts, out, out_counts);
  return collective({.op = Op::kAllToAll,
                     .in = in,
                     .out = out,
                     .in_counts = {in_counts.begin(), in_counts.end()},
                     .out_counts = {out_counts.begin(), out_counts.end()}});
}

Work QueuedCommunicator::broadcast(Buffer in_out, Rank root) {
  return collective({.op = Op::kBroadcast, .peer = root, .in = in_out, .out = in_out});
}

Work QueuedCommunicator::barrier() { return collective({.op = Op::kBarrier}); }

Work QueuedCommunicator::send(Buffer in, Rank to) {
  Operation operation{.op = Op::kSend, .peer = to, .in = in};
  Queue& queue = enroll(operation);
  return issue(std::move(operation), queue);
}

Work QueuedCommunicator::recv(Buffer out, Rank from) {
  Operation operation{.op = Op::kRecv, .peer = from, .out = out};
  Queue& queue = enroll(operation);
  return issue(std::move(operation), queue);
}

Work QueuedCommunicator::match(Operation& operation) {
  Queue& queue = enroll(operation);
  if (size() == 1) return Work();
  Operation met = operation;
  met.moves_data = false;
  return issue(std::move(met), queue);
}

std::unique_ptr<Communicator> QueuedCommunicator::split(int color, int key, std::string name) {
  if (size() > 1) barrier().wait();  // everything issued before has run; the back-end is ours until split returns
  auto backend = members_->backend->split(color, key, name);
  return std::make_unique<QueuedCommunicator>(std::move(backend), std::move(name));
}

void QueuedCommunicator::check_rank(const Operation& operation) const {
  const int peer = operation.peer.value();
  TRIREME_CHECK(peer >= 0 && peer < size(), "{} of {}: no rank {} in a group of {}", name_of(operation.op), name(),
                peer, size());
  TRIREME_CHECK(operation.op == Op::kBroadcast || peer != rank().value(), "{} of {}: rank {} is this rank itself",
                name_of(operation.op), name(), peer);
}

Queue& QueuedCommunicator::enroll(Operation& operation) {
  const bool sends = operation.op == Op::kSend, receives = operation.op == Op::kRecv;
  if (sends || receives || operation.op == Op::kBroadcast) check_rank(operation);
  const auto peer = static_cast<size_t>(operation.peer.value());
  operation.sequence = sends      ? ++members_->sends_issued[peer]
                       : receives ? ++members_->receives_issued[peer]
                                  : ++members_->collectives_issued;
  return sends ? *members_->sends : receives ? *members_->receives : *members_->collectives;
}

Work QueuedCommunicator::collective(Operation operation) {
  Queue& queue = enroll(operation);
  TRIREME_CHECK(operation.in.dtype == operation.out.dtype, "{} of {}: in is {}, out is {}", name_of(operation.op),
                name(), name_of(operation.in.dtype), name_of(operation.out.dtype));
  if (size() == 1) {
    run_alone(operation);
    return Work();
  }
  if (on_current_stream_) return issue(std::move(operation), queue);
  check_memory(operation);
  const WaitTimer timer;
  queue.run([&] { members_->backend->run(operation); });
  return Work();
}

void QueuedCommunicator::check_memory(const Operation& operation) const {
  const Buffer& buffer = operation.op == Op::kRecv ? operation.out : operation.in;
  TRIREME_CHECK(!operation.moves_data || buffer.device.kind == DeviceKind::kCpu,
                "{} of {}: back-end {} has no access to memory of {}", name_of(operation.op), name(), backend(),
                to_string(buffer.device));
}

Work QueuedCommunicator::issue(Operation operation, Queue& queue) {
  check_memory(operation);
  const auto shared = std::make_shared<const Operation>(std::move(operation));
  BlockingBackend* group = members_->backend.get();
  return queue.push([group, shared] { group->run(*shared); },
                    [group, shared] { return std::make_exception_ptr(group->late(*shared)); });
}

}  // namespace trireme::comm
