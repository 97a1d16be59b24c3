#include "trireme/device/device.h"

#include "trireme/core/format.h"

namespace trireme {

std::string to_string(Device device) {
  return device.kind == DeviceKind::kCpu ? "cpu" : format("cuda:{}", device.index);
}

}  // namespace trireme
