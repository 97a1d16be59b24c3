#pragma once

#include "trireme/comm/communicator.h"

namespace trireme::comm {

/// Zeroed pages of this process. Throws IoError when there are none left.
std::unique_ptr<Memory> allocate_pages(Bytes size);

}  // namespace trireme::comm
