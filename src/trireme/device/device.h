#pragma once

#include <compare>
#include <string>

namespace trireme {

enum class DeviceKind { kCpu, kCuda };

/// One accelerator, or the host.
struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;  // cuda ordinal; 0 on the CPU
  auto operator<=>(const Device&) const = default;
};

std::string to_string(Device device);

}  // namespace trireme
