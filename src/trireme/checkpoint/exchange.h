#pragma once

#include <string>
#include <vector>

#include "trireme/comm/communicator.h"

namespace trireme::checkpoint {

/// Every rank's text, by rank. Collective. Throws CommError.
std::vector<std::string> exchange_texts(comm::Communicator& communicator, const std::string& text);

}  // namespace trireme::checkpoint
