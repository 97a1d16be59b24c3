#pragma once

#include <cstddef>

#include "trireme/core/units.h"
#include "trireme/device/device.h"

namespace trireme {

/// Uninitialised memory of one accelerator, freed on destruction. Throws DeviceError when there is none left, or when
/// this program was built without CUDA.
class DeviceMemory {
 public:
  DeviceMemory(Device device, Bytes size);
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  std::byte* data() const { return data_; }
  Bytes size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  Bytes size_;
};

/// Between host and accelerator, in either direction: after what the default stream holds, and done on return.
void copy_memory(void* to, const void* from, Bytes size);

}  // namespace trireme
