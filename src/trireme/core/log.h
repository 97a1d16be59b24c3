#pragma once

#include <string>
#include <string_view>

#include "trireme/core/format.h"

namespace trireme {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Writes "12:03:44.120 rank 1 warning: text" to standard error in one write(2), so that lines of several ranks
/// never mix. `main` sets rank and level once, before threads start.
void log(LogLevel level, std::string_view text);
void set_log_level(LogLevel level);
void set_log_rank(int rank);

template <class... Args>
void log_info(std::string_view pattern, const Args&... args) {
  log(LogLevel::kInfo, format(pattern, args...));
}
template <class... Args>
void log_warning(std::string_view pattern, const Args&... args) {
  log(LogLevel::kWarning, format(pattern, args...));
}
template <class... Args>
void log_error(std::string_view pattern, const Args&... args) {
  log(LogLevel::kError, format(pattern, args...));
}

}  // namespace trireme
