#include "trireme/kernels/current_device.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "trireme/kernels/tensor_types.h"

namespace trireme::kernels {

namespace {
c10::impl::VirtualGuardImpl cuda() { return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA); }
}  // namespace

int num_gpus() { return at::hasCUDA() ? cuda().deviceCount() : 0; }

void set_current_device(Device device) {
  if (device.kind == DeviceKind::kCuda) cuda().setDevice(aten_device(device));
}

void* current_stream(Device gpu) {
  const c10::Stream stream = cuda().getStream(aten_device(gpu));
  constexpr c10::StreamId kDefault = 0;  // CUDA's null stream
  return stream.id() == kDefault ? nullptr : stream.native_handle();
}

void synchronize(Device device) {
  if (device.kind == DeviceKind::kCuda) cuda().synchronizeDevice(static_cast<c10::DeviceIndex>(device.index));
}

}  // namespace trireme::kernels
