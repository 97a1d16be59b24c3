#include "trireme/parallel/device_trace.h"

#include "trireme/core/format.h"
#include "trireme/core/log.h"
#include "trireme/kernels/current_device.h"

namespace trireme::parallel {

namespace {
constexpr int kComputeRow = 1, kCollectiveRow = 2;
}

DeviceTrace::DeviceTrace(telemetry::Tracer* tracer, Device device)
    : tracer_(device.kind == DeviceKind::kCpu ? nullptr : tracer), device_(device) {
  if (tracer_ == nullptr) return;
  timer_.emplace(device);
  tracer_->name_row(kComputeRow, "GPU: layers");
  tracer_->name_row(kCollectiveRow, "GPU: collectives");
}

DeviceTrace::~DeviceTrace() {
  if (tracer_ == nullptr) return;
  try {
    kernels::synchronize(device_);
    collect();
  } catch (const std::exception& problem) {
    log_warning("the trace lacks the last spans of the GPU: {}", problem.what());
  }
}

void DeviceTrace::begin_compute() {
  if (tracer_ != nullptr) compute_begin_ = timer_->mark(kernels::current_stream(device_));
}

void DeviceTrace::end_compute(std::string_view layer, std::string_view pass) {
  if (tracer_ == nullptr) return;
  computes_.push_back({format("{} {}", layer, pass), *compute_begin_, timer_->mark(kernels::current_stream(device_))});
}

void DeviceTrace::collective(const comm::Work& work, std::string_view kind, std::string_view unit) {
  if (tracer_ != nullptr) collectives_.push_back({format("{} {}", kind, unit), work});
}

void DeviceTrace::collect() {
  while (!computes_.empty() && computes_.front().end.passed()) {
    const Compute& done = computes_.front();
    tracer_->add_to_row(kComputeRow, "GPU compute", done.name, timer_->seconds(done.begin), timer_->seconds(done.end));
    computes_.pop_front();
  }
  while (!collectives_.empty() && collectives_.front().work.done()) {
    if (const auto interval = collectives_.front().work.device_interval())
      tracer_->add_to_row(kCollectiveRow, "GPU collective", collectives_.front().name, interval->begin, interval->end);
    collectives_.pop_front();
  }
}

}  // namespace trireme::parallel
