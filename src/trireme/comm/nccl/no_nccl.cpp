#include "trireme/comm/nccl/nccl.h"
#include "trireme/core/error.h"

namespace trireme::comm::nccl {

bool available() { return false; }

std::unique_ptr<Communicator> make_world(std::unique_ptr<Communicator>, const Options&) {
  throw ConfigError(
      "this trireme was built without NCCL: configure with the preset `cuda` on a host that has CUDA and NCCL "
      "headers, or set system.device = \"cpu\"");
}

}  // namespace trireme::comm::nccl
