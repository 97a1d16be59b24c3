#include <cstring>

#include "trireme/comm/nccl/nccl.h"
#include "trireme/comm/nccl/nccl_watch.h"
#include "trireme/comm/operation.h"
#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/device/cuda/handles.h"
#include "trireme/device/device_memory.h"

namespace trireme::comm::nccl {

namespace {

ncclDataType_t type_of(DType dtype) {
  switch (dtype) {
    case DType::kF64: return ncclFloat64;
    case DType::kF32: return ncclFloat32;
    case DType::kF16: return ncclFloat16;
    case DType::kBF16: return ncclBfloat16;
    case DType::kI64: return ncclInt64;
    case DType::kI32: return ncclInt32;
    case DType::kI8: return ncclInt8;
    case DType::kU8:
    case DType::kBool: return ncclUint8;
    default: TRIREME_CHECK(false, "NCCL has no {}", name_of(dtype));
  }
}

ncclRedOp_t reduction_of(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum: return ncclSum;
    case ReduceOp::kAvg: return ncclAvg;
    case ReduceOp::kMax: return ncclMax;
    case ReduceOp::kMin: return ncclMin;
  }
  return ncclSum;
}

size_t count_of(const Buffer& buffer) { return static_cast<size_t>(buffer.count); }
bool on_host(const Buffer& buffer) { return buffer.device.kind == DeviceKind::kCpu; }

/// Messages between its construction and finish() go together. An exception in between still closes the group.
class Group {
 public:
  Group() { check_nccl(ncclGroupStart(), "ncclGroupStart"); }
  ~Group() {
    if (open_) ncclGroupEnd();
  }
  void finish() {
    open_ = false;
    check_nccl(ncclGroupEnd(), "ncclGroupEnd");
  }

 private:
  bool open_ = true;
};

class GpuMemory final : public Memory {
 public:
  GpuMemory(Device device, Bytes size) : device_(device), memory_(device, size) {}
  std::span<std::byte> bytes() override { return {memory_.data(), static_cast<size_t>(memory_.size().value())}; }
  Device device() const override { return device_; }

 private:
  Device device_;
  DeviceMemory memory_;
};

/// What the communicators of one rank have in common.
struct Gpu {
  Options options;
  StreamTimer timer;

  void* current_stream() const { return options.current_stream(); }
};

class NcclWork final : public Work::State {
 public:
  NcclWork(std::shared_ptr<Pending> operation, std::shared_ptr<Watch> watch, std::shared_ptr<const Gpu> gpu)
      : operation_(std::move(operation)), watch_(std::move(watch)), gpu_(std::move(gpu)) {}

  bool done() const override { return operation_->done.passed(); }
  void wait() override {
    watch_->check();
    operation_->done.hold(gpu_->current_stream());
  }
  void wait_host(Deadline deadline) override {
    operation_->matched.wait_host(deadline);
    while (!done()) {
      watch_->check();
      if (deadline.passed()) watch_->abort(operation_->what + " was not done before its caller's deadline");
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    watch_->check();
  }
  std::optional<DeviceInterval> device_interval() const override {
    if (!done()) return std::nullopt;
    return DeviceInterval{gpu_->timer.seconds(operation_->begin), gpu_->timer.seconds(operation_->done)};
  }

 private:
  std::shared_ptr<Pending> operation_;
  std::shared_ptr<Watch> watch_;
  std::shared_ptr<const Gpu> gpu_;
};

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(std::unique_ptr<Communicator> host, std::shared_ptr<const Gpu> gpu)
      : host_(std::move(host)),
        gpu_(std::move(gpu)),
        stream_(make_cuda_stream()),
        watch_(std::make_shared<Watch>(*host_, gpu_->options.device, gpu_->options.timeout)) {}
  ~NcclCommunicator() override {
    cudaStreamSynchronize(stream_.get());
    watch_->close();
  }

  Rank rank() const override { return host_->rank(); }
  int size() const override { return host_->size(); }
  const std::string& name() const override { return host_->name(); }
  std::string_view backend() const override { return "nccl"; }
  bool supports(Op op, DType dtype, DeviceKind device) const override {
    if (device == DeviceKind::kCpu) return host_->supports(op, dtype, device);
    return dtype != DType::kI16 && dtype != DType::kU16;
  }
  std::unique_ptr<Memory> allocate(Bytes size) override {
    return std::make_unique<GpuMemory>(gpu_->options.device, size);
  }

  Work all_reduce(Buffer x, ReduceOp op) override {
    if (on_host(x)) return host_->all_reduce(x, op);
    return launch({.op = Op::kAllReduce, .reduce = op, .in = x, .out = x}, [&] {
      check_nccl(
          ncclAllReduce(x.data, x.data, count_of(x), type_of(x.dtype), reduction_of(op), watch_->comm(), stream_.get()),
          "ncclAllReduce");
    });
  }
  Work all_gather(Buffer in, Buffer out) override {
    if (on_host(in)) return host_->all_gather(in, out);
    TRIREME_CHECK(out.count == in.count * size(), "all_gather of {}: {} elements into {}", name(), in.count, out.count);
    return launch({.op = Op::kAllGather, .in = in, .out = out}, [&] {
      check_nccl(ncclAllGather(in.data, out.data, count_of(in), type_of(in.dtype), watch_->comm(), stream_.get()),
                 "ncclAllGather");
    });
  }
  Work reduce_scatter(Buffer in, Buffer out, ReduceOp op) override {
    if (on_host(in)) return host_->reduce_scatter(in, out, op);
    TRIREME_CHECK(in.count == out.count * size(), "reduce_scatter of {}: {} elements into {}", name(), in.count,
                  out.count);
    return launch({.op = Op::kReduceScatter, .reduce = op, .in = in, .out = out}, [&] {
      check_nccl(ncclReduceScatter(in.data, out.data, count_of(out), type_of(in.dtype), reduction_of(op),
                                   watch_->comm(), stream_.get()),
                 "ncclReduceScatter");
    });
  }
  Work all_to_all(Buffer in, Buffer out) override {
    TRIREME_CHECK(in.count == out.count && in.count % size() == 0, "all_to_all of {}: {} into {}", name(), in.count,
                  out.count);
    const std::vector<int64_t> counts(static_cast<size_t>(size()), in.count / size());
    return all_to_all(in, counts, out, counts);
  }
  Work all_to_all(Buffer in, std::span<const int64_t> in_counts, Buffer out,
                  std::span<const int64_t> out_counts) override {
    if (on_host(in)) return host_->all_to_all(in, in_counts, out, out_counts);
    return launch({.op = Op::kAllToAll, .in = in, .out = out}, [&] {
      Group group;
      int64_t from = 0, to = 0;
      for (int peer = 0; peer < size(); ++peer) {
        const auto p = static_cast<size_t>(peer);
        send_now(in.slice(from, in_counts[p]), peer);
        recv_now(out.slice(to, out_counts[p]), peer);
        from += in_counts[p];
        to += out_counts[p];
      }
      group.finish();
    });
  }
  Work broadcast(Buffer x, Rank root) override {
    if (on_host(x)) return host_->broadcast(x, root);
    return launch({.op = Op::kBroadcast, .peer = root, .in = x, .out = x}, [&] {
      check_nccl(
          ncclBroadcast(x.data, x.data, count_of(x), type_of(x.dtype), root.value(), watch_->comm(), stream_.get()),
          "ncclBroadcast");
    });
  }
  Work send(Buffer in, Rank to) override {
    if (on_host(in)) return host_->send(in, to);
    return launch({.op = Op::kSend, .peer = to, .in = in}, [&] { send_now(in, to.value()); });
  }
  Work recv(Buffer out, Rank from) override {
    if (on_host(out)) return host_->recv(out, from);
    return launch({.op = Op::kRecv, .peer = from, .out = out}, [&] { recv_now(out, from.value()); });
  }
  Work barrier() override { return host_->barrier(); }

  std::unique_ptr<Communicator> split(int color, int key, std::string name) override {
    return std::make_unique<NcclCommunicator>(host_->split(color, key, std::move(name)), gpu_);
  }
  Work match(Operation& operation) override { return host_->match(operation); }
  void abort(const std::string& cause) noexcept override { watch_->abort(cause); }
  std::string abort_cause() const override { return host_->abort_cause(); }

 private:
  void send_now(const Buffer& in, int peer) {
    check_nccl(ncclSend(in.data, count_of(in), type_of(in.dtype), peer, watch_->comm(), stream_.get()), "ncclSend");
  }
  void recv_now(const Buffer& out, int peer) {
    check_nccl(ncclRecv(out.data, count_of(out), type_of(out.dtype), peer, watch_->comm(), stream_.get()), "ncclRecv");
  }
  /// Runs `call` on the group's stream, after what the caller's stream holds now.
  template <class Call>
  Work launch(Operation operation, Call call) {
    watch_->check();
    TRIREME_CHECK(operation.in.dtype == operation.out.dtype || operation.op == Op::kSend || operation.op == Op::kRecv,
                  "{} of {}: in is {}, out is {}", name_of(operation.op), name(), name_of(operation.in.dtype),
                  name_of(operation.out.dtype));
    Work matched = host_->match(operation);
    if (size() == 1) return run_alone(operation);
    if (watch_->comm() == nullptr) {
      matched.wait();
      meet();
    }
    gpu_->timer.mark(gpu_->current_stream()).hold(stream_.get());
    const StreamMark begin = gpu_->timer.mark(stream_.get());
    try {
      call();
    } catch (const CommError&) {
      watch_->check();  // an abort under way is the cause
      throw;
    }
    const StreamMark done = gpu_->timer.mark(stream_.get());
    auto pending = std::make_shared<Pending>(
        Pending{describe(operation, name()), std::move(matched), begin, done, Deadline::after(gpu_->options.timeout)});
    watch_->add(pending);
    return Work(std::make_shared<NcclWork>(std::move(pending), watch_, gpu_));
  }
  /// A group of one: input and output hold the same.
  Work run_alone(const Operation& operation) {
    const bool copies = operation.out.data != operation.in.data && operation.out.data != nullptr;
    if (!copies || operation.in.count == 0) return Work();
    check_cuda(cudaMemcpyAsync(operation.out.data, operation.in.data, static_cast<size_t>(operation.in.bytes()),
                               cudaMemcpyDeviceToDevice, static_cast<cudaStream_t>(gpu_->current_stream())),
               "cudaMemcpyAsync");
    return Work();
  }
  void meet() {
    ncclUniqueId id{};
    if (rank() == Rank(0)) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
    host_->broadcast({id.internal, sizeof id.internal, DType::kU8, {}}, Rank(0)).wait();
    ncclComm_t comm = nullptr;
    check_nccl(ncclCommInitRank(&comm, size(), id, rank().value()), "ncclCommInitRank");
    watch_->adopt(comm);
  }

  std::unique_ptr<Communicator> host_;
  std::shared_ptr<const Gpu> gpu_;
  CudaStream stream_;
  std::shared_ptr<Watch> watch_;
};

}  // namespace

bool available() { return true; }

std::unique_ptr<Communicator> make_world(std::unique_ptr<Communicator> host, const Options& options) {
  auto gpu = std::make_shared<const Gpu>(Gpu{options, StreamTimer(options.device)});
  return std::make_unique<NcclCommunicator>(std::move(host), std::move(gpu));
}

}  // namespace trireme::comm::nccl
