#include "trireme/bench/collective_case.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "trireme/core/check.h"
#include "trireme/kernels/current_device.h"
#include "trireme/kernels/tensor_types.h"
#include "trireme/mesh/tensor_collectives.h"

namespace trireme::bench {

namespace {

constexpr Rank kRoot{0};
constexpr double kNothing = -1;  // in an output before the operation; no pattern holds it

constexpr std::pair<Collective, std::string_view> kNames[] = {
    {Collective::kAllReduce, "all_reduce"},         {Collective::kAllGather, "all_gather"},
    {Collective::kReduceScatter, "reduce_scatter"}, {Collective::kAllToAll, "all_to_all"},
    {Collective::kBroadcast, "broadcast"},          {Collective::kSendRecv, "send_recv"}};

bool in_place(Collective collective) {
  return collective == Collective::kAllReduce || collective == Collective::kBroadcast;
}

at::Tensor make(comm::Communicator& world, Device device, int64_t count, DType dtype, BufferKind kind) {
  const at::ScalarType type = kernels::scalar_type(dtype);
  if (kind == BufferKind::kAllocated) return mesh::allocate(world, count, type);
  return at::empty(count, at::TensorOptions().device(kernels::aten_device(device)).dtype(type));
}

}  // namespace

std::string_view name_of(Collective collective) {
  return std::ranges::find(kNames, collective, &std::pair<Collective, std::string_view>::first)->second;
}

std::optional<Collective> collective_from_name(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &std::pair<Collective, std::string_view>::second);
  return found == std::end(kNames) ? std::nullopt : std::optional(found->first);
}

double bus_factor(Collective collective, int ranks) {
  const double others = static_cast<double>(ranks - 1) / ranks;
  switch (collective) {
    case Collective::kAllReduce: return 2 * others;
    case Collective::kAllGather:
    case Collective::kReduceScatter:
    case Collective::kAllToAll: return others;
    case Collective::kBroadcast:
    case Collective::kSendRecv: return 1;
  }
  return 1;
}

std::string_view name_of(BufferKind kind) { return kind == BufferKind::kAllocated ? "allocated" : "any"; }

CollectiveCase::CollectiveCase(comm::Communicator& world, Device device, Collective collective, DType dtype,
                               int64_t bytes, BufferKind kind)
    : world_(world),
      device_(device),
      collective_(collective),
      piece_(std::max<int64_t>(1, bytes / size_of(dtype) / world.size())) {
  const int64_t whole = piece_ * world.size();
  in_ = make(world, device, collective == Collective::kAllGather ? piece_ : whole, dtype, kind);
  out_ = in_place(collective)
             ? in_
             : make(world, device, collective == Collective::kReduceScatter ? piece_ : whole, dtype, kind);
}

int64_t CollectiveCase::bytes() const { return std::max(in_.nbytes(), out_.nbytes()); }

void CollectiveCase::check(const RankPattern& pattern) {
  out_.fill_(kNothing);
  fill(in_, pattern.of(world_.rank().value()), 0);
  run();
  for (int p = 0; p < out_.numel() / piece_; ++p) {
    const at::Tensor got = out_.narrow(0, p * piece_, piece_);
    const Expected want = expected(pattern, p);
    const int64_t place = first_difference(got, want.period, want.first);
    if (place < 0) continue;
    const int64_t period = want.period.numel();
    TRIREME_CHECK(false, "{} of {} bytes over {}, rank {}: element {} is {}, not {}", name_of(collective_), bytes(),
                  world_.backend(), world_.rank(), p * piece_ + place, got[place].item<float>(),
                  want.period[(want.first + place) % period].item<float>());
  }
  in_.zero_();
  out_.zero_();
  kernels::synchronize(device_);
}

CollectiveCase::Expected CollectiveCase::expected(const RankPattern& pattern, int p) const {
  const int mine = world_.rank().value(), size = world_.size();
  switch (collective_) {
    case Collective::kAllReduce: return {pattern.sum(), p * piece_};
    case Collective::kAllGather: return {pattern.of(p), 0};
    case Collective::kReduceScatter: return {pattern.sum(), mine * piece_};
    case Collective::kAllToAll: return {pattern.of(p), mine * piece_};
    case Collective::kBroadcast: return {pattern.of(kRoot.value()), p * piece_};
    case Collective::kSendRecv: break;
  }
  return {pattern.of((mine + size - 1) % size), p * piece_};
}

void CollectiveCase::run() {
  comm::Communicator& group = world_.on_current_stream();
  switch (collective_) {
    case Collective::kAllReduce: return mesh::all_reduce(group, in_, comm::ReduceOp::kSum).wait();
    case Collective::kAllGather: return mesh::all_gather(group, in_, out_).wait();
    case Collective::kReduceScatter: return mesh::reduce_scatter(group, in_, out_, comm::ReduceOp::kSum).wait();
    case Collective::kAllToAll: return mesh::all_to_all(group, in_, out_).wait();
    case Collective::kBroadcast: return mesh::broadcast(group, in_, kRoot).wait();
    case Collective::kSendRecv: return send_and_recv();
  }
}

void CollectiveCase::send_and_recv() {
  const int mine = world_.rank().value(), size = world_.size();
  const Rank next((mine + 1) % size), before((mine + size - 1) % size);
  comm::Work sent, received;
  // A stream runs them one after the other: a ring of ranks that all send first would never receive.
  if (mine % 2 == 0) sent = mesh::send(world_, in_, next);
  received = mesh::recv(world_, out_, before);
  if (mine % 2 == 1) sent = mesh::send(world_, in_, next);
  sent.wait();
  received.wait();
}

}  // namespace trireme::bench
