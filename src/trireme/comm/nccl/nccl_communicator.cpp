#include "trireme/comm/arguments.h"
#include "trireme/comm/match_pieces.h"
#include "trireme/comm/nccl/nccl.h"
#include "trireme/comm/nccl/nccl_calls.h"
#include "trireme/comm/nccl/nccl_lane.h"
#include "trireme/comm/nccl/nccl_pairs.h"
#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/device/device_memory.h"

namespace trireme::comm::nccl {

namespace {

bool on_host(const Buffer& buffer) { return buffer.device.kind == DeviceKind::kCpu; }

class GpuMemory final : public Memory {
 public:
  GpuMemory(Device device, Bytes size) : device_(device), memory_(device, size) {}
  std::span<std::byte> bytes() override { return {memory_.data(), static_cast<size_t>(memory_.size().value())}; }
  Device device() const override { return device_; }

 private:
  Device device_;
  DeviceMemory memory_;
};

/// One group's ranks, streams and NCCL communicators.
struct Members {
  Members(std::unique_ptr<Communicator> host_ranks, std::shared_ptr<const Gpu> of_gpu)
      : host(std::move(host_ranks)),
        gpu(std::move(of_gpu)),
        watch(std::make_shared<Watch>(*host, gpu->options.device, gpu->options.timeout)),
        lane(std::make_unique<Lane>(gpu, watch)),
        pairs(std::make_unique<Pairs>(*host, gpu, watch)) {}
  ~Members() {
    pairs.reset();
    lane.reset();
    watch->close();
  }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  std::unique_ptr<Communicator> host;
  std::shared_ptr<const Gpu> gpu;
  std::shared_ptr<Watch> watch;
  std::unique_ptr<Lane> lane;  // of collectives
  std::unique_ptr<Pairs> pairs;
};

enum class Placement { kGroupsStream, kCurrentStream };

std::unique_ptr<Communicator> make_group(std::unique_ptr<Communicator> host, std::shared_ptr<const Gpu> gpu);

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(std::shared_ptr<Members> members, Placement placement)
      : members_(std::move(members)), placement_(placement) {
    if (placement == Placement::kGroupsStream)
      on_current_stream_ = std::make_unique<NcclCommunicator>(members_, Placement::kCurrentStream);
  }

  Rank rank() const override { return host().rank(); }
  int size() const override { return host().size(); }
  const std::string& name() const override { return host().name(); }
  std::string_view backend() const override { return "nccl"; }
  bool supports(Op op, DType dtype, DeviceKind device) const override {
    if (device == DeviceKind::kCpu) return host().supports(op, dtype, device);
    return dtype != DType::kI16 && dtype != DType::kU16;
  }
  std::unique_ptr<Memory> allocate(Bytes size) override {
    return std::make_unique<GpuMemory>(gpu().options.device, size);
  }

  Work all_reduce(Buffer x, ReduceOp op) override {
    if (on_host(x)) return host().all_reduce(x, op);
    return launch({.op = Op::kAllReduce, .reduce = op, .in = x, .out = x}, [=](ncclComm_t comm, cudaStream_t stream) {
      check_nccl(ncclAllReduce(x.data, x.data, count_of(x), type_of(x.dtype), reduction_of(op), comm, stream),
                 "ncclAllReduce");
    });
  }
  Work all_gather(Buffer in, Buffer out) override {
    if (on_host(in)) return host().all_gather(in, out);
    check_all_gather(name(), size(), in, out);
    return launch({.op = Op::kAllGather, .in = in, .out = out}, [=](ncclComm_t comm, cudaStream_t stream) {
      check_nccl(ncclAllGather(in.data, out.data, count_of(in), type_of(in.dtype), comm, stream), "ncclAllGather");
    });
  }
  Work reduce_scatter(Buffer in, Buffer out, ReduceOp op) override {
    if (on_host(in)) return host().reduce_scatter(in, out, op);
    check_reduce_scatter(name(), size(), in, out);
    return launch({.op = Op::kReduceScatter, .reduce = op, .in = in, .out = out}, [=](ncclComm_t comm,
                                                                                      cudaStream_t stream) {
      check_nccl(ncclReduceScatter(in.data, out.data, count_of(out), type_of(in.dtype), reduction_of(op), comm, stream),
                 "ncclReduceScatter");
    });
  }
  Work all_to_all(Buffer in, Buffer out) override {
    check_all_to_all(name(), size(), in, out);
    const std::vector<int64_t> counts(static_cast<size_t>(size()), in.count / size());
    return all_to_all(in, counts, out, counts);
  }
  Work all_to_all(Buffer in, std::span<const int64_t> in_counts, Buffer out,
                  std::span<const int64_t> out_counts) override {
    if (on_host(in)) return host().all_to_all(in, in_counts, out, out_counts);
    check_all_to_all(name(), size(), in, in_counts, out, out_counts);
    Operation operation{.op = Op::kAllToAll,
                        .in = in,
                        .out = out,
                        .in_counts = {in_counts.begin(), in_counts.end()},
                        .out_counts = {out_counts.begin(), out_counts.end()}};
    return launch(std::move(operation), [&](ncclComm_t comm, cudaStream_t stream) {
      Group group;
      int64_t from = 0, to = 0;
      for (int peer = 0; peer < size(); ++peer) {
        const auto p = static_cast<size_t>(peer);
        send_now(in.slice(from, in_counts[p]), peer, comm, stream);
        recv_now(out.slice(to, out_counts[p]), peer, comm, stream);
        from += in_counts[p];
        to += out_counts[p];
      }
      group.finish();
    });
  }
  Work broadcast(Buffer x, Rank root) override {
    if (on_host(x)) return host().broadcast(x, root);
    return launch({.op = Op::kBroadcast, .peer = root, .in = x, .out = x}, [=](ncclComm_t comm, cudaStream_t stream) {
      check_nccl(ncclBroadcast(x.data, x.data, count_of(x), type_of(x.dtype), root.value(), comm, stream),
                 "ncclBroadcast");
    });
  }
  Work send(Buffer in, Rank to) override {
    if (on_host(in)) return host().send(in, to);
    return members_->pairs->send({.op = Op::kSend, .peer = to, .in = in});
  }
  Work recv(Buffer out, Rank from) override {
    if (on_host(out)) return host().recv(out, from);
    return members_->pairs->recv({.op = Op::kRecv, .peer = from, .out = out});
  }
  Work barrier() override { return host().barrier(); }
  Communicator& on_current_stream() override { return on_current_stream_ ? *on_current_stream_ : *this; }

  std::unique_ptr<Communicator> split(int color, int key, std::string name) override {
    return make_group(host().split(color, key, std::move(name)), members_->gpu);
  }
  Work match(Operation& operation) override { return host().match(operation); }
  void abort(const std::string& cause) noexcept override { watch().abort(cause); }
  std::string abort_cause() const override { return host().abort_cause(); }

 private:
  Communicator& host() const { return *members_->host; }
  const Gpu& gpu() const { return *members_->gpu; }
  Watch& watch() const { return *members_->watch; }

  /// Runs `call` after what the caller's stream holds now.
  Work launch(Operation operation, const std::function<void(ncclComm_t, cudaStream_t)>& call) {
    watch().check();
    TRIREME_CHECK(operation.in.dtype == operation.out.dtype, "{} of {}: in is {}, out is {}", name_of(operation.op),
                  name(), name_of(operation.in.dtype), name_of(operation.out.dtype));
    Work matched = operation.op == Op::kAllToAll ? match_pieces(host(), operation) : host().match(operation);
    if (size() == 1) return run_alone(operation);
    if (!members_->lane->met()) {
      agree(matched);
      meet(describe(operation, name()));
    }
    const cudaStream_t current = gpu().current_stream();
    const cudaStream_t stream =
        placement_ == Placement::kCurrentStream ? current : members_->lane->stream_after(StreamMark::now(current));
    auto pending = members_->lane->launch(describe(operation, name()), std::move(matched), stream, call);
    return work_of(std::move(pending), members_->watch, members_->gpu);
  }
  /// A group of one: input and output hold the same.
  Work run_alone(const Operation& operation) {
    const bool copies = operation.out.data != operation.in.data && operation.out.data != nullptr;
    if (!copies || operation.in.count == 0) return Work();
    check_cuda(cudaMemcpyAsync(operation.out.data, operation.in.data, static_cast<size_t>(operation.in.bytes()),
                               cudaMemcpyDeviceToDevice, gpu().current_stream()),
               "cudaMemcpyAsync");
    return Work();
  }
  /// Waits for a match before the watch knows of it, which else aborts for one that fails.
  void agree(Work& matched) {
    try {
      matched.wait();
    } catch (const CommError& problem) {
      watch().abort(problem.what());
      throw;
    }
  }
  void meet(const std::string& what) {
    ncclUniqueId id = rank() == Rank(0) ? make_id() : ncclUniqueId{};
    host().broadcast({id.internal, sizeof id.internal, DType::kU8, {}}, Rank(0)).wait();
    members_->lane->meet(id, size(), rank().value(), what);
  }

  std::shared_ptr<Members> members_;
  Placement placement_;
  std::unique_ptr<NcclCommunicator> on_current_stream_;  // of the one on the group's stream
};

std::unique_ptr<Communicator> make_group(std::unique_ptr<Communicator> host, std::shared_ptr<const Gpu> gpu) {
  auto members = std::make_shared<Members>(std::move(host), std::move(gpu));
  return std::make_unique<NcclCommunicator>(std::move(members), Placement::kGroupsStream);
}

}  // namespace

bool available() { return true; }

std::unique_ptr<Communicator> make_world(std::unique_ptr<Communicator> host, const Options& options) {
  return make_group(std::move(host), std::make_shared<const Gpu>(options));
}

}  // namespace trireme::comm::nccl
