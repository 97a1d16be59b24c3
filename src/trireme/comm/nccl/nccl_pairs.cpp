#include "trireme/comm/nccl/nccl_pairs.h"

#include "trireme/comm/nccl/nccl_calls.h"

namespace trireme::comm::nccl {

namespace {

/// Launched by a queue; from then on an operation of the GPU.
class QueuedWork final : public Work::State {
 public:
  QueuedWork(Work launched, std::shared_ptr<Work> on_gpu)
      : launched_(std::move(launched)), on_gpu_(std::move(on_gpu)) {}

  bool done() const override { return launched_.done() && on_gpu_->done(); }
  void wait() override {
    launched_.wait();
    on_gpu_->wait();
  }
  void wait_host(Deadline deadline) override {
    launched_.wait_host(deadline);
    on_gpu_->wait_host(deadline);
  }
  std::optional<DeviceInterval> device_interval() const override {
    return launched_.done() ? on_gpu_->device_interval() : std::nullopt;
  }

 private:
  Work launched_;
  std::shared_ptr<Work> on_gpu_;  // written by the launch
};

constexpr int kSender = 0, kReceiver = 1;  // ranks of a channel

}  // namespace

Pairs::Pairs(Communicator& host, std::shared_ptr<const Gpu> gpu, std::shared_ptr<Watch> watch)
    : host_(host),
      gpu_(std::move(gpu)),
      watch_(std::move(watch)),
      sends_(std::make_shared<Queue>()),
      receives_(std::make_shared<Queue>()) {}

Pairs::~Pairs() {
  sends_->close();
  receives_->close();
}

Pairs::Channel& Pairs::channel_of(const Operation& operation, Channels& channels) {
  std::unique_ptr<Channel>& channel = channels[operation.peer.value()];
  if (channel) return *channel;
  channel = std::make_unique<Channel>();
  const bool sends = operation.op == Op::kSend;
  if (sends) channel->id = make_id();
  const Buffer id{channel->id.internal, sizeof channel->id.internal, DType::kU8, {}};
  channel->id_passed = sends ? host_.send(id, operation.peer) : host_.recv(id, operation.peer);
  channel->lane = std::make_unique<Lane>(gpu_, watch_);
  return *channel;
}

Work Pairs::issue(Operation operation, Channels& channels, Queue& queue) {
  Channel& channel = channel_of(operation, channels);
  Work matched = host_.match(operation);
  const StreamMark ready = StreamMark::now(gpu_->current_stream());
  auto on_gpu = std::make_shared<Work>();
  auto launch = [this, &channel, operation, matched, ready, on_gpu]() mutable {
    const bool sends = operation.op == Op::kSend;
    check_cuda(cudaSetDevice(gpu_->options.device.index), "cudaSetDevice");
    if (!channel.lane->met()) {
      channel.id_passed.wait();
      matched.wait();
      channel.lane->meet(channel.id, 2, sends ? kSender : kReceiver, describe(operation, host_.name()));
    }
    auto pending = channel.lane->launch(describe(operation, host_.name()), matched, channel.lane->stream_after(ready),
                                        [&](ncclComm_t comm, cudaStream_t stream) {
                                          sends ? send_now(operation.in, kReceiver, comm, stream)
                                                : recv_now(operation.out, kSender, comm, stream);
                                        });
    *on_gpu = work_of(std::move(pending), watch_, gpu_);
  };
  auto late = [watch = watch_, what = describe(operation, host_.name())] {
    watch->abort(what + " was not launched before its caller's deadline");
    return std::make_exception_ptr(CommError(what + " was not launched before its caller's deadline"));
  };
  return Work(std::make_shared<QueuedWork>(queue.push(std::move(launch), std::move(late)), std::move(on_gpu)));
}

}  // namespace trireme::comm::nccl
