#include "trireme/core/check.h"

namespace trireme::check_detail {

void fail(const char* expression, const char* file, int line, const std::string& message) {
  throw BugError(format("{}:{}: {} does not hold: {}. This is a bug in trireme; please report it with this line.", file,
                        line, expression, message));
}

}  // namespace trireme::check_detail
