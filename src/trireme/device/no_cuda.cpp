#include "trireme/core/error.h"
#include "trireme/device/device_memory.h"
#include "trireme/device/device_name.h"
#include "trireme/device/stream_timer.h"

namespace trireme {

namespace {

DeviceError no_accelerator() {
  return DeviceError("this trireme was built without CUDA: configure with the preset `cuda` on a host that has it");
}

}  // namespace

std::string device_name(Device) { return ""; }

DeviceMemory::DeviceMemory(Device, Bytes size) : size_(size) { throw no_accelerator(); }
DeviceMemory::~DeviceMemory() = default;

struct StreamMark::Event {};
StreamMark StreamMark::now(void*) { throw no_accelerator(); }
bool StreamMark::passed() const { return true; }
void StreamMark::hold(void*) const {}
StreamTimer::StreamTimer(Device) { throw no_accelerator(); }
StreamMark StreamTimer::mark(void*) const { throw no_accelerator(); }
double StreamTimer::seconds(const StreamMark&) const { return started_at_; }

void copy_memory(void*, const void*, Bytes) { throw no_accelerator(); }

}  // namespace trireme
