#include "trireme/device/stream_timer.h"

#include "trireme/core/clock.h"
#include "trireme/device/cuda/handles.h"

namespace trireme {

struct StreamMark::Event {
  CudaEvent handle;
};

namespace {

cudaEvent_t record(CudaEvent& event, cudaStream_t stream, unsigned flags) {
  check_cuda(cudaEventCreateWithFlags(event.out(), flags), "cudaEventCreateWithFlags");
  check_cuda(cudaEventRecord(event.get(), stream), "cudaEventRecord");
  return event.get();
}

}  // namespace

StreamMark StreamMark::now(void* stream) {
  auto event = std::make_shared<Event>();
  record(event->handle, static_cast<cudaStream_t>(stream), cudaEventDisableTiming);
  return StreamMark(std::move(event));
}

bool StreamMark::passed() const { return cudaEventQuery(event_->handle.get()) == cudaSuccess; }

void StreamMark::hold(void* stream) const {
  check_cuda(cudaStreamWaitEvent(static_cast<cudaStream_t>(stream), event_->handle.get(), 0), "cudaStreamWaitEvent");
}

StreamTimer::StreamTimer(Device device) : start_(std::make_shared<StreamMark::Event>()) {
  check_cuda(cudaSetDevice(device.index), "cudaSetDevice");
  check_cuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  const cudaEvent_t start = record(start_->handle, nullptr, cudaEventDefault);
  check_cuda(cudaEventSynchronize(start), "cudaEventSynchronize");
  started_at_ = now_seconds();
}

StreamMark StreamTimer::mark(void* stream) const {
  auto event = std::make_shared<StreamMark::Event>();
  record(event->handle, static_cast<cudaStream_t>(stream), cudaEventDefault);
  return StreamMark(std::move(event));
}

double StreamTimer::seconds(const StreamMark& mark) const {
  float milliseconds = 0;
  check_cuda(cudaEventElapsedTime(&milliseconds, start_->handle.get(), mark.event_->handle.get()),
             "cudaEventElapsedTime");
  return started_at_ + 1e-3 * static_cast<double>(milliseconds);
}

}  // namespace trireme
