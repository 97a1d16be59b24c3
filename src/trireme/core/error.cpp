#include "trireme/core/error.h"

#include <cerrno>
#include <cstring>

namespace trireme {

IoError io_error_from_errno(const std::string& what) {
  const int code = errno;
  const char* hint = code == ENOSPC || code == EDQUOT ? " (free some space, then run again)" : "";
  return IoError(what + ": " + std::strerror(code) + hint);
}

}  // namespace trireme
