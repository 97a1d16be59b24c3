#include "trireme/comm/nccl/nccl_lane.h"

#include "trireme/comm/nccl/nccl_calls.h"
#include "trireme/comm/run_apart.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"

namespace trireme::comm::nccl {

namespace {

class GpuWork final : public Work::State {
 public:
  GpuWork(std::shared_ptr<Pending> operation, std::shared_ptr<Watch> watch, std::shared_ptr<const Gpu> gpu)
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
    if (!operation_->begin || !done()) return std::nullopt;
    return DeviceInterval{gpu_->timer->seconds(*operation_->begin), gpu_->timer->seconds(operation_->done)};
  }

 private:
  std::shared_ptr<Pending> operation_;
  std::shared_ptr<Watch> watch_;
  std::shared_ptr<const Gpu> gpu_;
};

}  // namespace

Gpu::Gpu(Options opts) : options(std::move(opts)) {
  check_cuda(cudaSetDevice(options.device.index), "cudaSetDevice");
  if (options.timed) timer.emplace(options.device);
}

Lane::Lane(std::shared_ptr<const Gpu> gpu, std::shared_ptr<Watch> watch)
    : gpu_(std::move(gpu)), watch_(std::move(watch)), stream_(make_cuda_stream()) {}

Lane::~Lane() { cudaStreamSynchronize(stream_.get()); }

// NCCL knows a communicator that can be aborted while it is made, ncclConfig_t.blocking = 0, but starts a thread for
// each later launch on it.
void Lane::meet(const ncclUniqueId& id, int size, int rank, const std::string& what) {
  const auto comm = std::make_shared<ncclComm_t>(nullptr);
  const auto call = [comm, id, size, rank, device = gpu_->options.device] {
    check_cuda(cudaSetDevice(device.index), "cudaSetDevice");
    check_nccl(ncclCommInitRank(comm.get(), size, id, rank), "ncclCommInitRank");
  };
  const Seconds timeout = gpu_->options.timeout;
  const auto heed = [this, &what, timeout, deadline = Deadline::after(timeout)]() mutable {
    watch_->heed_hosts();
    if (!deadline.look(kHeedInterval)) return;
    watch_->abort(
        format("{}: the GPU of host {} did not meet the others in NCCL within {} s, although every rank has "
               "called it",
               what, host_name(), format_fixed(timeout.count(), 1)));
    watch_->check();
  };
  run_apart(
      call, [comm] { ncclCommAbort(*comm); }, heed);
  watch_->adopt(*comm);
  comm_ = *comm;
}

cudaStream_t Lane::stream_after(const StreamMark& ready) const {
  ready.hold(stream_.get());
  return stream_.get();
}

std::shared_ptr<Pending> Lane::launch(std::string what, Work matched, cudaStream_t stream,
                                      const std::function<void(ncclComm_t, cudaStream_t)>& call) {
  watch_->check();
  std::optional<StreamMark> begin;
  if (gpu_->timer) begin = gpu_->timer->mark(stream);
  try {
    call(comm_, stream);
  } catch (const CommError&) {
    watch_->check();  // an abort under way is the cause
    throw;
  }
  StreamMark done = gpu_->timer ? gpu_->timer->mark(stream) : StreamMark::now(stream);
  if (stream != stream_.get()) done.hold(stream_.get());  // so that waiting for this stream waits for all
  auto pending = std::make_shared<Pending>(Pending{std::move(what), std::move(matched), std::move(begin),
                                                   std::move(done), Deadline::after(gpu_->options.timeout)});
  watch_->add(pending);
  return pending;
}

ncclUniqueId make_id() {
  ncclUniqueId id{};
  check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
  return id;
}

Work work_of(std::shared_ptr<Pending> operation, std::shared_ptr<Watch> watch, std::shared_ptr<const Gpu> gpu) {
  return Work(std::make_shared<GpuWork>(std::move(operation), std::move(watch), std::move(gpu)));
}

}  // namespace trireme::comm::nccl
