#include "trireme/cloud/model/network.h"

namespace trireme::cloud {

bool GroupRule::may_cover(int64_t first, int64_t last) const {
  if (!protocol || *protocol == "-1") return true;
  if (*protocol != "tcp" && *protocol != "6") return false;
  return (!from_port || *from_port <= first) && (!to_port || *to_port >= last);
}

}  // namespace trireme::cloud
