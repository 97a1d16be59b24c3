#include "trireme/device/device_name.h"

#include "trireme/device/cuda/handles.h"

namespace trireme {

std::string device_name(Device device) {
  if (device.kind != DeviceKind::kCuda) return "";
  cudaDeviceProp properties;
  check_cuda(cudaGetDeviceProperties(&properties, device.index), "cudaGetDeviceProperties");
  return properties.name;
}

}  // namespace trireme
