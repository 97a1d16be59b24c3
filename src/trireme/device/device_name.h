#pragma once

#include <string>

#include "trireme/device/device.h"

namespace trireme {

/// The driver's name of an accelerator, "NVIDIA H100 80GB HBM3"; empty for the CPU and in a program built without CUDA.
/// Throws DeviceError when there is no such device.
std::string device_name(Device device);

}  // namespace trireme
