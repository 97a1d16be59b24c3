#include "trireme/device/device_name.h"

namespace trireme {

std::string device_name(Device) { return ""; }

}  // namespace trireme
