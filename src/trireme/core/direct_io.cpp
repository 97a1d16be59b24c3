#include "trireme/core/direct_io.h"

#include <fcntl.h>

namespace trireme {

bool set_direct_io(int fd, bool on) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
  return is_direct_io(fd);
}

bool is_direct_io(int fd) noexcept { return (::fcntl(fd, F_GETFL) & O_DIRECT) != 0; }

}  // namespace trireme
