#include "trireme/checkpoint/exchange.h"

#include "trireme/comm/host_values.h"

namespace trireme::checkpoint {

std::vector<std::string> exchange_texts(comm::Communicator& communicator, const std::string& text) {
  return comm::gather_texts(communicator, text);
}

}  // namespace trireme::checkpoint
